#include "rpc/server_options.h"

#include <fmt/format.h>

#include <charconv>

namespace dso::rpc {
namespace {

constexpr int kMostRequestsPerSecond = 1'000'000;
constexpr int kMostStreams = 100'000;

std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

Status CheckLimit(const char* key, int value, int most) {
  if (value >= 1 && value <= most) return {};
  return InvalidArgument(fmt::format("{}: {} is out of range; use 1 to {}", key, value, most));
}

}  // namespace

Status Validate(const ServerOptions& options) {
  if (auto address = ParseRpcAddress(options.listen_address); !address) {
    return std::move(address).error().WithContext("listenAddress");
  }
  if (!options.tls && !IsLoopback(HostOf(options.listen_address))) {
    return InvalidArgument(fmt::format(
        "listenAddress: {} can be reached from elsewhere, and without tls everybody could read everything; give "
        "tls.certFile and tls.keyFile, or listen on 127.0.0.1",
        options.listen_address));
  }
  if (options.tls && (options.tls->cert_file.empty() || options.tls->key_file.empty())) {
    return InvalidArgument("tls: certFile and keyFile are both needed");
  }
  const Limits& limits = options.limits;
  for (Status checked : {CheckLimit("requestsPerSecond", limits.requests_per_second, kMostRequestsPerSecond),
                         CheckLimit("streamsPerClient", limits.streams_per_client, kMostStreams),
                         CheckLimit("streams", limits.streams, kMostStreams)}) {
    if (!checked) return checked;
  }
  return {};
}

Result<std::string> ParseRpcAddress(const std::string& text) {
  const auto bad = [&] {
    return InvalidArgument(fmt::format("\"{}\" is not HOST:PORT; use 127.0.0.1:9090 or, with tls, 0.0.0.0:9090", text));
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return bad();
  const std::string host = text.substr(0, colon);
  const bool bracketed = host.front() == '[' && host.back() == ']' &&
                         host.find_first_not_of("0123456789abcdefABCDEF:.", 1) == host.size() - 1;
  const bool plain = host == "localhost" || host.find_first_not_of("0123456789.") == host.npos;
  if (!bracketed && !plain) return bad();
  int port = -1;
  const char* const begin = text.data() + colon + 1;
  const char* const end = text.data() + text.size();
  const auto [read_to, code] = std::from_chars(begin, end, port);
  if (code != std::errc() || read_to != end || port < 0 || port > 65535) return bad();
  return text;
}

}  // namespace dso::rpc
