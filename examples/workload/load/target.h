// Where requests are sent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace workload {

struct Target {
  std::string host;  // a name or an IPv4 address
  std::uint16_t port = 80;
  std::string path = "/";
};

// http://host[:port][/path]. Throws UserError for anything else.
Target ParseTarget(std::string_view url);

}  // namespace workload
