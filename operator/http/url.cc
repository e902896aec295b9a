#include "http/url.h"

#include <fmt/format.h>

#include <charconv>

namespace dso::http {
namespace {

constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
constexpr std::string_view kHostCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";

}  // namespace

std::string Url::ToString() const {
  const bool default_port = (scheme == "http" && port == 80) || (scheme == "https" && port == 443);
  return fmt::format("{}://{}{}{}", scheme, host, default_port ? "" : fmt::format(":{}", port), path);
}

Result<Url> ParseUrl(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return InvalidArgument(fmt::format("\"{}\" is not a usable URL: {}; write it as https://host[:port][/prefix]",
                                       // A password must not reach a log.
                                       text.find('@') == text.npos ? text : "(hidden, it has an @)", why));
  };
  Url url;
  const size_t colon = text.find("://");
  if (colon == text.npos) return refuse("it has no scheme");
  url.scheme = text.substr(0, colon);
  if (url.scheme != "http" && url.scheme != "https") return refuse("the scheme is not http or https");

  std::string_view rest = text.substr(colon + 3);
  const size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (slash != rest.npos) url.path = rest.substr(slash);
  while (url.path.ends_with('/')) url.path.pop_back();
  if (url.path.find_first_of("?# ") != url.path.npos)
    return refuse("a query, a fragment or a blank has no place in it");
  if (authority.find('@') != authority.npos) return refuse("credentials belong into files, not into the URL");
  if (authority.starts_with('[')) return refuse("IPv6 literals are not supported, use a host name");

  url.port = url.scheme == "https" ? 443 : 80;
  if (const size_t port_colon = authority.find(':'); port_colon != authority.npos) {
    const std::string_view port = authority.substr(port_colon + 1);
    const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (code != std::errc() || end != port.data() + port.size() || url.port < 1 || url.port > 65535) {
      return refuse("the port is not a number from 1 to 65535");
    }
    authority = authority.substr(0, port_colon);
  }
  if (authority.empty()) return refuse("it has no host");
  if (authority.find_first_not_of(kHostCharacters) != authority.npos) return refuse("the host has an odd character");
  url.host = authority;
  return url;
}

std::string EncodeComponent(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (kUnreserved.find(c) != kUnreserved.npos) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string EncodeQuery(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (!query.empty()) query += '&';
    query += EncodeComponent(name) + '=' + EncodeComponent(value);
  }
  return query;
}

}  // namespace dso::http
