// Answers every HTTP request on port 8080 with the host's name; the smallest thing to put into a pod.
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
  char request[4096], name[256], answer[512];
  int server = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  signal(SIGPIPE, SIG_IGN);
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 64)) {
    perror("port 8080");
    return 1;
  }
  gethostname(name, sizeof name);
  snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", strlen(name), name);
  puts("serving");
  fflush(stdout);
  for (;;) {
    int client = accept(server, 0, 0);
    if (read(client, request, sizeof request) > 0) (void)!write(client, answer, strlen(answer));
    close(client);
  }
}
