// Does nothing until it is told to stop, and reaps the orphans that become its children. It is the first process of
// every pod and, with the name of the node, the first process of the node's namespaces.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void stop(int number) {
  (void)number;
  _exit(0);
}

static void reap(int number) {
  (void)number;
  while (waitpid(-1, 0, WNOHANG) > 0) {
  }
}

int main(void) {
  signal(SIGINT, stop);
  signal(SIGTERM, stop);
  signal(SIGCHLD, reap);
  for (;;) pause();
}
