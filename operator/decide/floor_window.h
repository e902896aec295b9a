// The memory of a floor: the maximum of what was wanted over the stabilization window.
//
// A floor rises at once and is released only when everything that was wanted within the window is lower (the HPA's own
// window remembers raw recommendations, so a floor that is released at once could drop many replicas in one loop).
// Holds a monotonic queue: values fall from front to back, so it has at most as many entries as there are replica
// counts. A value type, not thread-safe. Times are monotonic: a wall clock that jumps does not move a floor.
#pragma once

#include <deque>

#include "base/time.h"

namespace dso::decide {

class FloorWindow {
 public:
  // Notes that `replicas` were wanted at `now`; calls come in the order of time.
  void Note(SteadyTime now, int replicas) {
    while (!entries_.empty() && entries_.back().replicas <= replicas) entries_.pop_back();
    entries_.push_back({now, replicas});
  }

  // The maximum over (now - length, now], which becomes what the window remembers; 0 if there is nothing.
  int Maximum(SteadyTime now, milliseconds length) {
    while (entries_.size() > 1 && entries_.front().noted_at + length <= now) entries_.pop_front();
    return entries_.empty() ? 0 : entries_.front().replicas;
  }

 private:
  struct Entry {
    SteadyTime noted_at;
    int replicas;
  };
  std::deque<Entry> entries_;
};

}  // namespace dso::decide
