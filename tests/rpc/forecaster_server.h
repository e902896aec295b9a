// A real gRPC server that acts a script, for tests of the real client.
#pragma once

#include <memory>
#include <string>

#include "tests/rpc/scripted_forecaster.h"

namespace dso::rpc::test {

struct ServerTls {
  std::string cert_pem;
  std::string key_pem;
  std::string client_ca_pem;  // "": clients need no certificate
};

class ForecasterServer {
 public:
  // On a port of its own of 127.0.0.1, in plaintext without `tls`. `padding_bytes`: by how much an answer is longer.
  explicit ForecasterServer(std::shared_ptr<ScriptedForecaster> script, const ServerTls* tls = nullptr, int port = 0,
                            size_t padding_bytes = 0);
  ~ForecasterServer();  // calls that hang are cancelled

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  int port_ = 0;
};

}  // namespace dso::rpc::test
