// The demand that has lasted: the minimum of what was seen over a window. A value type, not thread-safe.
#pragma once

#include <functional>

#include "decide/sliding_extreme.h"

namespace dso::decide {

class LastingDemand {
 public:
  // Notes the demand of `now`; calls come in the order of time.
  void Note(SteadyTime now, double demand) { seen_.Note(now, demand); }

  // The minimum over (now - length, now], which becomes what is remembered; `otherwise` if nothing has been noted.
  double Minimum(SteadyTime now, milliseconds length, double otherwise) { return seen_.Over(now, length, otherwise); }

 private:
  SlidingExtreme<double, std::less_equal<>> seen_;
};

}  // namespace dso::decide
