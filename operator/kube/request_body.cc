#include "kube/request_body.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

namespace dso::kube {
namespace {

// The code of a character that is to be escaped, with its length in bytes; length 0: it may stay. `text` is UTF-8.
struct Escape {
  int code = 0;
  size_t length = 0;
};

Escape EscapeAt(std::string_view text) {
  const auto byte = [text](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  if (byte(0) == 0x7f) return {0x7f, 1};
  if (byte(0) == 0xc2 && byte(1) < 0xa0) return {byte(1), 2};
  const int code = (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
  const bool refused = code == 0x2028 || code == 0x2029 || code == 0xfeff || code == 0xfffe || code == 0xffff;
  return byte(0) >> 4 == 0xe && refused ? Escape{code, 3} : Escape{};
}

}  // namespace

std::string ToRequestBody(const Json& value) {
  const std::string json = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string body;
  body.reserve(json.size());
  for (size_t at = 0; at < json.size();) {
    const Escape escape = EscapeAt(std::string_view(json).substr(at, 3));
    if (escape.length > 0) {
      body += fmt::format("\\u{:04x}", escape.code);
      at += escape.length;
    } else {
      body += json[at++];
    }
  }
  return body;
}

}  // namespace dso::kube
