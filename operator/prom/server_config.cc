#include "prom/server_config.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "http/url.h"

namespace dso::prom {
namespace {

constexpr size_t kMaxNameLength = 63;               // of a DNS label (RFC 1123)
constexpr milliseconds kMaxTimeout = seconds(300);  // longer than this no sync waits
constexpr int kMaxConcurrentQueries = 64;

// These carry the credentials or say how the body is framed: they are the client's to write.
constexpr std::array<std::string_view, 6> kReservedHeaders = {"authorization",  "proxy-authorization", "content-type",
                                                              "content-length", "transfer-encoding",   "host"};

bool IsDnsLabel(std::string_view text) {
  const auto is_alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kMaxNameLength && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_alphanumeric(c) || c == '-'; });
}

// RFC 9110, section 5.6.2: a token.
bool IsHeaderName(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

std::string AsciiLowered(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Status ValidateCredentials(const ServerConfig& config) {
  if (!config.basic_auth) return {};
  if (!config.bearer_token_file.empty()) {
    return InvalidArgument("bearerTokenFile and basicAuth are both set: keep the one that the server expects.");
  }
  const BasicAuth& basic = *config.basic_auth;
  if (basic.username.empty() == basic.username_file.empty()) {
    return InvalidArgument("basicAuth needs exactly one of username and usernameFile.");
  }
  if (basic.username.find_first_of(":\r\n") != std::string::npos) {
    return InvalidArgument(
        "basicAuth.username holds a colon or a line break, which basic authentication cannot carry.");
  }
  if (basic.password_file.empty()) {
    return InvalidArgument("basicAuth.passwordFile is missing: mount the password as a file and name it here.");
  }
  return {};
}

Status ValidateHeaders(const http::Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (!IsHeaderName(name)) return InvalidArgument("headers: \"" + name + "\" is not the name of an HTTP header.");
    const std::string lowered = AsciiLowered(name);
    if (std::find(kReservedHeaders.begin(), kReservedHeaders.end(), lowered) != kReservedHeaders.end()) {
      return InvalidArgument("headers: " + name +
                             " is written by the operator; credentials belong in bearerTokenFile or basicAuth.");
    }
    const bool printable =
        std::all_of(value.begin(), value.end(), [](char c) { return c == '\t' || (c >= ' ' && c != '\x7f'); });
    if (!printable)
      return InvalidArgument("headers: the value of " + name + " holds a character that is not printable.");
  }
  return {};
}

Status ValidateFields(const ServerConfig& config) {
  if (!IsDnsLabel(config.name)) {
    return InvalidArgument("name: use at most 63 lower-case letters, digits and hyphens, such as \"default\".");
  }
  if (Result<http::Url> url = http::ParseUrl(config.url); !url) return std::move(url).error().WithContext("url");
  if (Status status = ValidateCredentials(config); !status) return status;
  if (Status status = ValidateHeaders(config.headers); !status) return status;
  if (Status status = Validate(config.labels); !status) return status;
  if (config.timeout < milliseconds(1) || config.timeout > kMaxTimeout) {
    return InvalidArgument("timeout " + FormatDuration(std::max(config.timeout, milliseconds(0))) +
                           " is out of range: use more than 0 and at most " + FormatDuration(kMaxTimeout) + ".");
  }
  if (config.max_concurrent_queries < 1 || config.max_concurrent_queries > kMaxConcurrentQueries) {
    return InvalidArgument("maxConcurrentQueries " + std::to_string(config.max_concurrent_queries) +
                           " is out of range: use 1 to " + std::to_string(kMaxConcurrentQueries) + ".");
  }
  return {};
}

}  // namespace

bool SendsCredentialsInClear(const ServerConfig& config) {
  if (config.bearer_token_file.empty() && !config.basic_auth) return false;
  const Result<http::Url> url = http::ParseUrl(config.url);
  return url && url->scheme == "http" && url->host != "localhost" && !url->host.starts_with("127.");
}

Status Validate(const ServerConfig& config) {
  Status status = ValidateFields(config);
  if (status) return status;
  return std::move(status).error().WithContext("Prometheus server \"" + config.name + "\"");
}

}  // namespace dso::prom
