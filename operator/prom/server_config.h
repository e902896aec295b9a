// A Prometheus server as the *administrator* names it. A DeepSeekService refers to it by name and never carries an
// address: an operator that sends its credentials wherever a custom resource says would hand them to any tenant.
// Pure data and its validation; thread-safe.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "http/transport.h"
#include "prom/labels.h"

namespace dso::prom {

struct BasicAuth {
  std::string username;  // exactly one of username and username_file
  std::string username_file;
  std::string password_file;
};

struct ServerConfig {
  std::string name;  // what spec.demand.prometheus refers to: a DNS label
  std::string url;   // http(s)://host[:port][/prefix]

  // At most one of the two. Secrets are files, read again for each request: a rotated token needs no restart.
  std::string bearer_token_file;
  std::optional<BasicAuth> basic_auth;
  std::string ca_file;  // PEM; replaces the system's certificate authorities

  // Sent with each request; for the tenant of Thanos and Mimir: {"X-Scope-OrgID": "prod"}. Not for secrets.
  http::Headers headers{};

  // False: presets only. A query of a custom resource runs with the operator's rights and can read every tenant's
  // metrics, which is the administrator's to allow.
  bool allow_custom_queries = false;

  milliseconds timeout = seconds(30);  // of one request
  LabelNames labels{};
  int max_concurrent_queries = 8;  // requests in work at once; Prometheus itself works on 20 and queues the rest
};

// Whether a token or a password would go over the network where everybody on the way can read it: over http, to
// another machine than this one.
bool SendsCredentialsInClear(const ServerConfig& config);

// Says which field is wrong and what to write instead; never shows a secret. Does not read the files.
Status Validate(const ServerConfig& config);

}  // namespace dso::prom
