// How much one replica carries, and how many replicas a demand needs. Pure and thread-safe.
//
// Operators of such services plan with
//     maximum concurrency = (cores x capability per core) / (average response time x safety factor).
// With the capability per core counted in requests in work at once, cores x concurrencyPerCore is what is in flight,
// and by Little's law (L = lambda x W; J. Little, Operations Research 9(3), 1961) dividing by the response time W makes
// it a *rate*. Both are offered, so that a capacity always has the unit of the demand it is compared with:
//     in flight     L      = cores x concurrencyPerCore / safetyFactor
//     per second    lambda = L / averageResponseTime
// Example: 8 cores x 4 at 1.2 s and safety 1.5: 32 in flight and 26.7/s at saturation, 21.3 in flight and 17.8/s
// planned.
#pragma once

#include "base/result.h"
#include "base/time.h"

namespace dso::capacity {

enum class Unit { kRequestsPerSecond, kInFlight };

struct Formula {
  double cores = 0;
  double concurrency_per_core = 0;  // requests in work at once on one core
  milliseconds average_response_time{0};
  double safety_factor = 1;  // 1: no headroom
};

// What one replica carries.
struct Carries {
  double in_flight = 0;
  double requests_per_second = 0;

  double In(Unit unit) const { return unit == Unit::kInFlight ? in_flight : requests_per_second; }
};

struct FormulaCapacity {
  Carries at_saturation;
  Carries planned;  // at_saturation / safety factor
};

// The largest capacity of one replica that is believed; above it a unit has been mistaken.
inline constexpr double kMaxCapacityPerReplica = 1e9;

// kInvalidArgument for figures that are not finite, not above zero, a safety factor below 1, or a result outside
// (0, kMaxCapacityPerReplica]; the message names the field as in the spec.
Result<FormulaCapacity> CapacityFromFormula(const Formula& formula);

// What to plan with of a measured capacity: per_replica x percent / 100. Percent in 1..100.
Result<double> PlannedCapacity(double per_replica, int target_utilization_percent);

// A quotient above a whole number by less than this part of itself is that number: (0.1 + 0.2) / 0.1 needs 3 replicas,
// not 4. It is far above the rounding of a few operations on doubles (1e-15) and far below anything measured.
inline constexpr double kQuotientTolerance = 1e-9;

// ceil(demand / capacity_per_replica), both in the same unit. 0 for no demand, and for a demand that is negative or not
// a number; the largest int if it does not fit, also for a capacity that is not above zero.
int ReplicasFor(double demand, double capacity_per_replica);

}  // namespace dso::capacity
