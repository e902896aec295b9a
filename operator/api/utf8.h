// Pure and thread-safe.
#pragma once

#include <cstddef>
#include <string_view>

namespace dso::api {

// The longest front of `text` within `max_bytes` that cuts no character in two: half a character in a message would
// make the whole JSON around it invalid.
std::string_view ClipUtf8(std::string_view text, size_t max_bytes);

// Characters of UTF-8 text, as a schema's maxLength counts them.
size_t CountCharacters(std::string_view text);

}  // namespace dso::api
