// How far a long run is, on standard error: a line that is rewritten on a terminal, else a line now and then once the
// run takes long. Not thread-safe.
#pragma once

#include <chrono>
#include <string>

namespace dso::cli {

class ProgressLine {
 public:
  ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  // Clears the line of a terminal.
  ~ProgressLine();

  // `share` within [0, 1].
  void Show(const std::string& what, double share);

 private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace dso::cli
