// The memory of a floor: the maximum of what was wanted over the stabilization window.
//
// A floor rises at once and is released only when everything that was wanted within the window is lower (the HPA's own
// window remembers raw recommendations, so a floor that is released at once could drop many replicas in one loop).
// It has at most as many entries as there are replica counts. A value type, not thread-safe.
#pragma once

#include <functional>

#include "decide/sliding_extreme.h"

namespace dso::decide {

class FloorWindow {
 public:
  // Notes that `replicas` were wanted at `now`; calls come in the order of time.
  void Note(SteadyTime now, int replicas) { wanted_.Note(now, replicas); }

  // The maximum over (now - length, now], which becomes what the window remembers; 0 if there is nothing.
  int Maximum(SteadyTime now, milliseconds length) { return wanted_.Over(now, length, 0); }

  // When it is lower, and how much, if nothing more is wanted until then; nothing if it stays.
  std::optional<SlidingExtreme<int, std::greater_equal<>>::Change> NextRelease(milliseconds length) const {
    return wanted_.NextChange(length);
  }

 private:
  SlidingExtreme<int, std::greater_equal<>> wanted_;
};

}  // namespace dso::decide
