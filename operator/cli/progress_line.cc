#include "cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

namespace dso::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTerminalPeriod{100};
constexpr std::chrono::seconds kLogPeriod{5};
constexpr const char* kClearLine = "\r\x1b[K";

}  // namespace

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1), next_(steady_clock::now()) {
  if (!terminal_) next_ += kLogPeriod;
}

ProgressLine::~ProgressLine() {
  if (terminal_ && shown_) fmt::print(stderr, "{}", kClearLine);
}

void ProgressLine::Show(const std::string& what, double share) {
  const auto now = steady_clock::now();
  if (now < next_) return;
  shown_ = true;
  if (terminal_) {
    next_ = now + kTerminalPeriod;
    fmt::print(stderr, "{}{}: {:.0f} %", kClearLine, what, 100 * share);
  } else {
    next_ = now + kLogPeriod;
    fmt::print(stderr, "{}: {:.0f} %\n", what, 100 * share);
  }
}

}  // namespace dso::cli
