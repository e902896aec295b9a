// Where the operator answers, and as who to ask it.
#pragma once

#include <string>

#include "base/result.h"

namespace dso::cli {

struct Endpoint {
  std::string address{};  // HOST:PORT
  // Files, PEM. Any of the first four means TLS; the authority is needed then.
  std::string tls_ca{};
  std::string tls_cert{};
  std::string tls_key{};
  std::string tls_server_name{};  // that the certificate has to have, instead of the host
  std::string token_file{};

  bool tls() const { return !tls_ca.empty() || !tls_cert.empty() || !tls_key.empty() || !tls_server_name.empty(); }
};

// What the files hold.
struct Secrets {
  std::string ca{};
  std::string certificate{};
  std::string key{};
  std::string token{};
};

// Whether the flags go together: kInvalidArgument with the flag and the remedy. Without TLS only an address of the
// loopback interface is fine: nothing else keeps a token and the figures to themselves. Pure, thread-safe.
Status CheckEndpoint(const Endpoint& endpoint);

// "localhost", "127.0.0.0/8" and "::1", with a port. Pure, thread-safe.
bool IsLoopback(const std::string& address);

// Reads the files that are named. kInvalidArgument with the file and the remedy, never with content.
Result<Secrets> ReadSecrets(const Endpoint& endpoint);

}  // namespace dso::cli
