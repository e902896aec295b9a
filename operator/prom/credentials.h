// How we identify ourselves to a Prometheus server. The secrets live in files (mounted Secrets, projected tokens) that
// are read anew for each request, which is cheap and makes rotation work; nothing is cached.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prom/server_config.h"

namespace dso::prom {

struct Credentials {
  std::string authorization;         // the value of the Authorization header; empty: none
  std::vector<std::string> secrets;  // what must never be shown, see Redact
};

// Reads the files that the configuration names. An error (kUnauthenticated) names the file, never its content.
Result<Credentials> ReadCredentials(const ServerConfig& config);

// `text` with every occurrence of a secret replaced: a server or proxy may echo what it was sent in its error message.
std::string Redact(std::string text, const Credentials& credentials);

// RFC 4648, section 4, with padding.
std::string EncodeBase64(std::string_view bytes);

}  // namespace dso::prom
