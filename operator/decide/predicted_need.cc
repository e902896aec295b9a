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

PredictedNeed PredictNeed(const Forecast& forecast, const PlannedCapacity& capacity) {
  const double paid = forecast.expected + MarginShare(forecast) * (forecast.quantile - forecast.expected);
  const PredictedNeed expected{capacity::ReplicasFor(forecast.expected, capacity.per_replica), forecast.expected,
                               capacity.per_replica};
  const PredictedNeed quantile{capacity::ReplicasFor(paid, capacity.at_quantile), paid, capacity.at_quantile};
  return quantile.replicas > expected.replicas ? quantile : expected;
}

}  // namespace dso::decide
