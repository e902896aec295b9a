// URLs: taking apart what an administrator wrote, and encoding what we send. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dso::http {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;
  int port = 0;      // 80 and 443 by default
  std::string path;  // "" or "/prefix", without a slash at the end
  std::string ToString() const;
};

// Accepts scheme://host[:port][/prefix]. Refuses user:password@, queries, fragments, IPv6 literals (cpprestsdk cannot
// connect to them) and whatever is not a URL, each with its remedy.
Result<Url> ParseUrl(std::string_view text);

// Percent-encodes all but RFC 3986's unreserved characters.
std::string EncodeComponent(std::string_view text);
// "a=1&b=x%20y"
std::string EncodeQuery(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace dso::http
