#include "rpc/forecaster_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>

namespace dso::rpc {
namespace {

constexpr size_t kLongestLabel = 63;  // RFC 1123
constexpr milliseconds kLongestTimeout = seconds(30);
constexpr milliseconds kLongestFitTimeout = std::chrono::minutes(30);
constexpr milliseconds kShortestRefit = std::chrono::minutes(10);
constexpr milliseconds kLongestRefit = std::chrono::days(30);
constexpr int kMostConcurrent = 64;
constexpr int kLargestPort = 65535;

bool IsDnsLabel(std::string_view text) {
  const auto is_alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kLongestLabel && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_alphanumeric(c) || c == '-'; });
}

struct HostAndPort {
  std::string_view host;  // without brackets
  std::string_view port;
};
std::optional<HostAndPort> Split(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == address.npos || colon == 0) return std::nullopt;
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != host.npos) {
    return std::nullopt;  // IPv6 without brackets
  }
  return HostAndPort{host, address.substr(colon + 1)};
}

bool IsHost(std::string_view host) {
  // No slash, so that neither a URL nor one of gRPC's own schemes ("unix:…") passes for a host.
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':';
  });
}

bool IsPort(std::string_view port) {
  int value = 0;
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), value);
  return code == std::errc() && end == port.data() + port.size() && value >= 1 && value <= kLargestPort;
}

bool IsThisMachine(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

Status ValidateAddress(const ForecasterConfig& config) {
  const auto parts = Split(config.address);
  if (!parts || !IsHost(parts->host) || !IsPort(parts->port)) {
    return InvalidArgument(
        fmt::format("address \"{}\" is not HOST:PORT, such as prophet.forecasting:50051", config.address));
  }
  if (config.tls && config.plaintext) return InvalidArgument("tls and plaintext are both set: keep one of the two");
  if (!config.tls && !config.plaintext && !IsThisMachine(parts->host)) {
    return InvalidArgument(
        fmt::format("the demand of services would go to {} unencrypted: give it tls, or write plaintext: true where "
                    "something else protects the way",
                    config.address));
  }
  if (config.tls && config.tls->cert_file.empty() != config.tls->key_file.empty()) {
    return InvalidArgument("tls needs both of certFile and keyFile, or neither");
  }
  return {};
}

Status ValidateDuration(std::string_view field, milliseconds value, milliseconds least, milliseconds most) {
  if (value >= least && value <= most) return {};
  return InvalidArgument(fmt::format("{} {} is out of range: use {} to {}", field,
                                     FormatDuration(std::max(value, milliseconds(0))), FormatDuration(least),
                                     FormatDuration(most)));
}

Status ValidateFields(const ForecasterConfig& config) {
  if (!IsDnsLabel(config.name)) {
    return InvalidArgument("name: use at most 63 lower-case letters, digits and hyphens, such as \"prophet\"");
  }
  if (Status status = ValidateAddress(config); !status) return status;
  for (const Status& status :
       {ValidateDuration("timeout", config.timeout, milliseconds(10), kLongestTimeout),
        ValidateDuration("fitTimeout", config.fit_timeout, milliseconds(10), kLongestFitTimeout),
        ValidateDuration("refitInterval", config.refit_interval, kShortestRefit, kLongestRefit)}) {
    if (!status) return status;
  }
  if (config.max_concurrent_requests < 1 || config.max_concurrent_requests > kMostConcurrent) {
    return InvalidArgument(fmt::format("maxConcurrentRequests {} is out of range: use 1 to {}",
                                       config.max_concurrent_requests, kMostConcurrent));
  }
  std::set<std::string_view> seen;
  for (const std::string& ns : config.namespaces) {
    if (!IsDnsLabel(ns)) return InvalidArgument(fmt::format("namespaces: \"{}\" is not the name of a namespace", ns));
    if (!seen.insert(ns).second) return InvalidArgument(fmt::format("namespaces: {} is there twice; remove one", ns));
  }
  return {};
}

}  // namespace

bool IsAllowed(const ForecasterConfig& config, const std::string& namespace_name) {
  return config.namespaces.empty() ||
         std::find(config.namespaces.begin(), config.namespaces.end(), namespace_name) != config.namespaces.end();
}

Status Validate(const ForecasterConfig& config) {
  Status status = ValidateFields(config);
  if (status) return status;
  return std::move(status).error().WithContext(fmt::format("forecaster \"{}\"", config.name));
}

}  // namespace dso::rpc
