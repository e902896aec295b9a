// A small HTTP server for what the cluster asks the operator: its metrics and its health. It listens in clear text and
// answers GET and HEAD only, so it belongs on the pod network and needs no protection but a NetworkPolicy.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dso::http {

// Where to listen; IPv4 or a host name, because cpprestsdk cannot listen on IPv6 literals.
struct ListenAddress {
  std::string host;
  int port = 0;
  std::string ToString() const;  // "0.0.0.0:8080"
  bool operator==(const ListenAddress&) const = default;
};

// "0.0.0.0:8080", "127.0.0.1:8080", "localhost:8080", or ":8080" for all addresses. Port 0 is refused: cpprestsdk takes
// it for 80 and never tells which port it got. Pure.
Result<ListenAddress> ParseListenAddress(std::string_view text);

struct ServerRequest {
  std::string method;  // "GET" or "HEAD"
  std::string path;    // percent-encoded as it came, without the query: "/metrics"
};

struct ServerResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body{};  // not sent in answer to HEAD
};

// Called on a network thread, several calls at once, so that an answer comes even if the event loop is stuck: it must
// be thread-safe and must not wait for the loop. The same few threads carry the operator's own requests: be quick. What
// it throws becomes a 500 and a line in the log.
using ServerHandler = std::function<ServerResponse(const ServerRequest&)>;

// Listens from Create() until it is destroyed, which waits for the handlers that are running; destroy it on a thread
// that is not one of them. Not thread-safe.
class Server {
 public:
  // kInvalidArgument if the address is none; kUnavailable, with the address and the reason, if it cannot be listened
  // on.
  static Result<std::unique_ptr<Server>> Create(std::string_view address, ServerHandler handler);
  ~Server();

  const ListenAddress& address() const;

 private:
  struct Listener;
  explicit Server(std::unique_ptr<Listener> listener);
  std::unique_ptr<Listener> listener_;
};

}  // namespace dso::http
