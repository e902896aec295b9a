// How far a floor may have moved within a period: spec.prediction.maxRaisePerPeriod and maxReleasePerPeriod.
// A value type, not thread-safe.
#pragma once

#include <algorithm>
#include <functional>

#include "api/spec.h"
#include "decide/sliding_extreme.h"

namespace dso::decide {

class Pace {
 public:
  // Notes what has been in force until `now`; calls come in the order of time.
  void Note(SteadyTime now, int floor) {
    lowest_.Note(now, floor);
    highest_.Note(now, floor);
  }

  // The highest floor that `limit` allows at `now`, and the lowest. Precondition: noted at least once.
  int Highest(SteadyTime now, const api::PaceLimit& limit) {
    const int from = lowest_.Over(now, limit.period, 0);
    return from + StepOf(limit, from);
  }
  int Lowest(SteadyTime now, const api::PaceLimit& limit) {
    const int from = highest_.Over(now, limit.period, 0);
    return from - StepOf(limit, from);
  }

 private:
  static int StepOf(const api::PaceLimit& limit, int from) {
    return std::max({limit.replicas, (from * limit.percent + 99) / 100, 1});
  }

  SlidingExtreme<int, std::less_equal<>> lowest_;
  SlidingExtreme<int, std::greater_equal<>> highest_;
};

}  // namespace dso::decide
