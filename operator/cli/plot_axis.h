// Round numbers and round times for the marks of an axis. Pure, thread-safe.
#pragma once

#include <string>
#include <vector>

#include "cli/view.h"

namespace dso::cli {

// From 0 in steps of 1, 2, 2.5 or 5 times a power of ten, the last one at or above `highest`, and at most `most` of
// them above 0. For a `highest` of 0 or less: 0 and 1.
struct ValueAxis {
  double step = 1;
  int steps = 1;

  double top() const { return step * steps; }
  // "2.5", with as many decimals as the step needs.
  std::string Label(int index) const;
};
ValueAxis ValueAxisTo(double highest, int most);

// At whole local hours, minutes, days, …: at most `most` of them in (from, to].
struct TimeMark {
  WallTime at;
  std::string label;  // "16:00", "Tue 24" at midnight
};
std::vector<TimeMark> TimeMarks(const View& view, WallTime from, WallTime to, int most);

}  // namespace dso::cli
