#include "kube/line_framer.h"

#include <fmt/format.h>

namespace dso::kube {

Status LineFramer::Append(std::string_view chunk) {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  buffer_ += chunk;
  if (buffer_.size() > longest_line_ && buffer_.find('\n', scanned_) == buffer_.npos) {
    return Error{ErrorCode::kResourceExhausted, fmt::format("a line is longer than {} MiB", longest_line_ >> 20)};
  }
  return {};
}

std::optional<std::string> LineFramer::NextLine() {
  while (true) {
    const size_t end = buffer_.find('\n', scanned_);
    if (end == buffer_.npos) {
      scanned_ = buffer_.size();
      return std::nullopt;
    }
    std::string line = buffer_.substr(begin_, end - begin_);
    begin_ = scanned_ = end + 1;
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) return line;
  }
}

}  // namespace dso::kube
