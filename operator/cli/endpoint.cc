#include "cli/endpoint.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "kube/kubeconfig_file.h"

namespace dso::cli {
namespace {

constexpr int kHighestPort = 65535;
constexpr std::string_view kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

// "::1" of "[::1]:9090"; nothing if there is no host or no port.
std::optional<std::string> HostOf(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == address.npos || colon == 0) return std::nullopt;
  const std::string_view port = std::string_view(address).substr(colon + 1);
  int number = 0;
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (code != std::errc() || end != port.data() + port.size() || number < 1 || number > kHighestPort)
    return std::nullopt;
  std::string host = address.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
  const bool is_plain = host.find_first_of(":/[] ") == host.npos;
  return is_plain ? std::optional(host) : std::nullopt;
}

}  // namespace

bool IsLoopback(const std::string& address) {
  const std::optional<std::string> host = HostOf(address);
  if (!host) return false;
  if (*host == "localhost" || *host == "::1") return true;
  in_addr ip4{};
  return ::inet_pton(AF_INET, host->c_str(), &ip4) == 1 && (ntohl(ip4.s_addr) >> 24U) == 127;
}

Status CheckEndpoint(const Endpoint& endpoint) {
  if (!HostOf(endpoint.address)) {
    return InvalidArgument(fmt::format(
        "--address is \"{}\"; write HOST:PORT, such as operator.example:9090 or [::1]:9090", endpoint.address));
  }
  if (endpoint.tls_cert.empty() != endpoint.tls_key.empty()) {
    return InvalidArgument("a client certificate needs both --tls-cert and --tls-key");
  }
  if (endpoint.tls() && endpoint.tls_ca.empty()) {
    return InvalidArgument(fmt::format(
        "TLS needs --tls-ca, the authority that signed the operator's certificate; the system's own are in {}",
        kSystemAuthorities));
  }
  if (!endpoint.tls() && !IsLoopback(endpoint.address)) {
    return InvalidArgument(
        fmt::format("{} is not on this machine, and without TLS anybody on the way could read along: give --tls-ca, "
                    "or leave --address out to go through kubectl port-forward",
                    endpoint.address));
  }
  return {};
}

Result<Secrets> ReadSecrets(const Endpoint& endpoint) {
  Secrets secrets;
  for (const auto& [flag, file, content] :
       std::initializer_list<std::tuple<const char*, const std::string*, std::string*>>{
           {"--tls-ca", &endpoint.tls_ca, &secrets.ca},
           {"--tls-cert", &endpoint.tls_cert, &secrets.certificate},
           {"--tls-key", &endpoint.tls_key, &secrets.key},
           {"--token-file", &endpoint.token_file, &secrets.token}}) {
    if (file->empty()) continue;
    Result<std::string> read = kube::ReadSmallFile(*file, flag);
    if (!read) return std::move(read).error();
    *content = *std::move(read);
    if (content->find_first_not_of(" \n\r\t") == content->npos) {
      return InvalidArgument(fmt::format("{} {} is empty", flag, *file));
    }
  }
  const size_t end = secrets.token.find_last_not_of(" \n\r\t");
  secrets.token.erase(end == secrets.token.npos ? 0 : end + 1);
  const auto is_control = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) > '~';
  };
  if (std::any_of(secrets.token.begin(), secrets.token.end(), is_control)) {
    return InvalidArgument(
        fmt::format("--token-file {} holds more than a token: write nothing else into it", endpoint.token_file));
  }
  return secrets;
}

}  // namespace dso::cli
