#include "load/target.h"

#include <fmt/format.h>

#include <charconv>

#include "common/user_error.h"

namespace workload {
namespace {

constexpr std::string_view kScheme = "http://";

[[noreturn]] void Fail(std::string_view url, std::string_view reason) {
  throw UserError(fmt::format("--url \"{}\": {}; write it as http://host:port/path", url, reason));
}

std::uint16_t ParsePort(std::string_view url, std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
    Fail(url, fmt::format("\"{}\" is not a port from 1 to 65535", text));
  }
  return port;
}

}  // namespace

Target ParseTarget(std::string_view url) {
  if (!url.starts_with(kScheme)) Fail(url, "only plain http is supported");
  const std::string_view rest = url.substr(kScheme.size());
  const std::string_view authority = rest.substr(0, rest.find('/'));
  const std::string_view host = authority.substr(0, authority.find(':'));
  if (host.empty()) Fail(url, "the host is missing");
  constexpr std::string_view kHostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  if (host.find_first_not_of(kHostCharacters) != std::string_view::npos) {
    Fail(url, fmt::format("\"{}\" is not a host name or an IPv4 address", host));
  }
  Target target;
  target.host = host;
  if (host.size() < authority.size()) target.port = ParsePort(url, authority.substr(host.size() + 1));
  if (authority.size() < rest.size()) target.path = rest.substr(authority.size());
  if (target.path.find_first_of(" \t\r\n") != std::string::npos) Fail(url, "the path has a blank");
  return target;
}

}  // namespace workload
