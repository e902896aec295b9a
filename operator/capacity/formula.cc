#include "capacity/formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/decimal.h"

namespace dso::capacity {
namespace {

Error OutOfRange(std::string_view field, double value, std::string_view remedy) {
  return InvalidArgument(fmt::format("{} is {}; {}", field, FormatDecimal(value), remedy));
}

bool IsPositive(double value) { return std::isfinite(value) && value > 0; }
bool IsBelievable(double capacity) { return IsPositive(capacity) && capacity <= kMaxCapacityPerReplica; }

Carries DividedBy(const Carries& carries, double divisor) {
  return {carries.in_flight / divisor, carries.requests_per_second / divisor};
}

}  // namespace

Result<FormulaCapacity> CapacityFromFormula(const Formula& formula) {
  constexpr std::string_view kAboveZero = "give a number above 0";
  if (!IsPositive(formula.cores)) return OutOfRange("cores", formula.cores, kAboveZero);
  if (!IsPositive(formula.concurrency_per_core)) {
    return OutOfRange("concurrencyPerCore", formula.concurrency_per_core, kAboveZero);
  }
  if (formula.average_response_time <= milliseconds(0)) {
    return InvalidArgument(fmt::format("averageResponseTime is {}; give a duration above 0, such as 1200ms",
                                       FormatDuration(formula.average_response_time)));
  }
  if (!std::isfinite(formula.safety_factor) || formula.safety_factor < 1) {
    return OutOfRange("safetyFactor", formula.safety_factor, "give a number from 1, where 1.5 to 2.0 is usual");
  }

  const double response_seconds = std::chrono::duration<double>(formula.average_response_time).count();
  FormulaCapacity out;
  out.at_saturation.in_flight = formula.cores * formula.concurrency_per_core;
  out.at_saturation.requests_per_second = out.at_saturation.in_flight / response_seconds;
  out.planned = DividedBy(out.at_saturation, formula.safety_factor);
  for (const double capacity : {out.at_saturation.in_flight, out.at_saturation.requests_per_second,
                                out.planned.in_flight, out.planned.requests_per_second}) {
    if (IsBelievable(capacity)) continue;
    return OutOfRange("the capacity of one replica by the formula", capacity,
                      "check the units of cores, concurrencyPerCore and averageResponseTime");
  }
  return out;
}

Result<double> PlannedCapacity(double per_replica, int target_utilization_percent) {
  if (!IsBelievable(per_replica)) return OutOfRange("perReplica", per_replica, "give a number above 0, at most 1e9");
  if (target_utilization_percent < 1 || target_utilization_percent > 100) {
    return OutOfRange("targetUtilizationPercent", target_utilization_percent, "give a number from 1 to 100");
  }
  return per_replica * target_utilization_percent / 100;
}

int ReplicasFor(double demand, double capacity_per_replica) {
  constexpr int kMost = std::numeric_limits<int>::max();
  if (!(demand > 0)) return 0;
  if (!(capacity_per_replica > 0)) return kMost;
  const double quotient = demand / capacity_per_replica;
  // `!(x < y)` also catches infinity divided by infinity.
  if (!(quotient < kMost)) return kMost;
  return std::max(1, static_cast<int>(std::ceil(quotient * (1 - kQuotientTolerance))));
}

}  // namespace dso::capacity
