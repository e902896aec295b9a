// The demand that has lasted: the minimum of what was seen over a window.
//
// A monotonic queue: values rise from front to back. A value type, not thread-safe. Times are monotonic.
#pragma once

#include <deque>

#include "base/time.h"

namespace dso::decide {

class LastingDemand {
 public:
  // Notes the demand of `now`; calls come in the order of time.
  void Note(SteadyTime now, double demand) {
    while (!entries_.empty() && entries_.back().demand >= demand) entries_.pop_back();
    entries_.push_back({now, demand});
  }

  // The minimum over (now - length, now], which becomes what is remembered; `otherwise` if nothing has been noted.
  double Minimum(SteadyTime now, milliseconds length, double otherwise) {
    while (entries_.size() > 1 && entries_.front().noted_at + length <= now) entries_.pop_front();
    return entries_.empty() ? otherwise : entries_.front().demand;
  }

 private:
  struct Entry {
    SteadyTime noted_at;
    double demand;
  };
  std::deque<Entry> entries_;
};

}  // namespace dso::decide
