// Where and how the gRPC server listens: the administrator's `rpc` section. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "rpc/client_limits.h"

namespace dso::rpc {

// PEM files, read again when they change.
struct ServerTls {
  std::string cert_file{};  // of the server, with its chain
  std::string key_file{};
  std::string client_ca_file{};  // who signs clients; "": clients need a bearer token
};

struct ServerOptions {
  std::string listen_address;            // "127.0.0.1:9090", "[::1]:9090"; port 0: any that is free
  std::optional<ServerTls> tls{};        // absent: in clear text, on the loopback interface only
  std::vector<std::string> audiences{};  // for whom bearer tokens have to be made; empty: the API server
  Limits limits{};
};

// kInvalidArgument, with the key below `rpc` and the remedy, if the options make no sense together. Reads no file.
Status Validate(const ServerOptions& options);

// HOST:PORT with a numeric port and an address or "localhost". Pure.
Result<std::string> ParseRpcAddress(const std::string& text);

}  // namespace dso::rpc
