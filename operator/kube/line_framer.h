// Cuts a stream of chunks into lines. A chunk is not a line: it may hold several, or end within a UTF-8 sequence.
// Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dso::kube {

class LineFramer {
 public:
  explicit LineFramer(size_t longest_line) : longest_line_(longest_line) {}

  // kResourceExhausted if a line without an end grows beyond the bound; the framer is unusable then.
  Status Append(std::string_view chunk);

  // The next whole line without its line break; empty lines are skipped.
  std::optional<std::string> NextLine();

 private:
  size_t longest_line_;
  std::string buffer_;
  size_t begin_ = 0;    // of the first line that has not been handed out
  size_t scanned_ = 0;  // up to here no line break is in the buffer from begin_ on
};

}  // namespace dso::kube
