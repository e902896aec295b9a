// A server on 127.0.0.1 that does to a client, byte by byte, what a test says: no HTTP library would misbehave like
// this.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/http/test_certificates.h"

namespace dso::http {

// One accepted connection, closed when the script returns.
class PeerConnection {
 public:
  virtual ~PeerConnection() = default;

  // Head and body of the next request; empty if the client has hung up.
  std::string ReadRequest();
  // False if the client has hung up.
  virtual bool Write(std::string_view bytes) = 0;
  // Waits until the client hangs up, dropping what it sends. False if it has not within `longest`.
  virtual bool WaitForHangup(std::optional<std::chrono::milliseconds> longest = {}) = 0;
  // The name in the client's certificate; empty without TLS or a certificate.
  virtual std::string ClientName() const { return ""; }

 protected:
  // Empty at the end.
  virtual std::string ReadSome() = 0;

 private:
  std::string unread_;
};

struct ServerTls {
  Identity identity;
  std::string client_ca_pem{};  // if not empty, the client must present a certificate of this authority
};

// Runs the script on a thread for each connection. Its end hangs up on all clients and joins the threads.
class LoopbackServer {
 public:
  using Script = std::function<void(PeerConnection&)>;
  explicit LoopbackServer(Script script, std::optional<ServerTls> tls = {});
  ~LoopbackServer();

  int port() const { return port_; }
  int connections() const;

 private:
  void Accept();
  void Serve(int socket);

  const Script script_;
  const std::optional<ServerTls> tls_;
  int port_ = 0;
  const int listener_;
  mutable std::mutex mutex_;
  std::set<int> open_;                // guarded by mutex_
  std::vector<std::thread> threads_;  // guarded by mutex_
  bool closing_ = false;              // guarded by mutex_
  std::thread acceptor_;
};

// A port of 127.0.0.1 on which nothing listens, as far as one can know.
int UnusedPort();

// Connects to 127.0.0.1, sends `bytes` and returns what comes back until the server hangs up.
std::string Exchange(int port, std::string_view bytes);

}  // namespace dso::http
