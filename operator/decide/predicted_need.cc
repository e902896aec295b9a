#include "decide/predicted_need.h"

#include <algorithm>

#include "capacity/formula.h"

namespace dso::decide {
namespace {

// Loads that can be foreseen stay below this, also with a day of many jumps.
constexpr double kFreeSlack = 0.3;
constexpr double kMostSlack = 0.6;

}  // namespace

double MarginShare(const Forecast& forecast) {
  return std::clamp((kMostSlack - forecast.slack) / (kMostSlack - kFreeSlack), 0.0, 1.0);
}

int Need::Replicas() const { return capacity::ReplicasFor(demand, per_replica); }

int Need::ReplicasKept() const {
  if (!(demand > 0)) return 0;
  return capacity::ReplicasFor(demand + kHysteresisReplicas * per_replica, per_replica);
}

Need PredictNeed(const Forecast& forecast, const PlannedCapacity& capacity) {
  const double paid = forecast.expected + MarginShare(forecast) * (forecast.quantile - forecast.expected);
  const Need expected{forecast.expected, capacity.per_replica};
  const Need quantile{paid, capacity.at_quantile};
  return quantile.Replicas() > expected.Replicas() ? quantile : expected;
}

}  // namespace dso::decide
