// A service and what is known of it, for the tests of operator/decide: ten requests/s a replica, a window of five
// minutes, between 2 and 20 replicas, released without a pace.
#pragma once

#include "decide/floor.h"

namespace dso::decide::test {

using std::chrono::hours;
using std::chrono::minutes;

inline constexpr WallTime kMorning{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1} + hours(9)};
inline constexpr SteadyTime kStart{hours(1)};

inline api::DemandSpec DemandIn(std::string_view unit) {
  api::DemandSpec demand;
  demand.query = "x";
  demand.unit = unit;
  return demand;
}

inline api::ServiceSpec SampleSpec() {
  api::ServiceSpec spec;
  spec.workload = api::TargetRef{"apps/v1", "Deployment", "chat"};
  spec.replicas = {.min = 2, .max = 20};
  spec.autoscaling.scale_down_window = minutes(5);
  spec.demand = DemandIn(api::kRequestsPerSecond);
  spec.capacity = api::PerReplicaCapacity{.per_replica = 10, .target_utilization_percent = 100};
  spec.prediction.max_release = {.replicas = 1, .percent = 100};
  return spec;
}

inline PlannedCapacity CapacityOf(double planned, double at_quantile) {
  return {.per_replica = planned, .at_quantile = at_quantile, .full = at_quantile, .source = "PerReplica"};
}

inline Demand Known(double value) { return {.state = Demand::State::kKnown, .value = value}; }
inline Demand AtLeast(double value) { return {.state = Demand::State::kKnown, .value = value, .at_least = true}; }
inline Demand Missing() { return {.state = Demand::State::kMissing}; }
inline Forecast Ready(double quantile) {
  return {.state = Forecast::State::kReady, .expected = quantile / 2, .quantile = quantile, .peak_at = kMorning};
}
// Of a load whose bursts cannot be foreseen.
inline Forecast Hopeless() {
  return {.state = Forecast::State::kReady, .expected = 150, .quantile = 190, .peak_at = kMorning, .slack = 2};
}
inline Forecast TooShort() { return {.state = Forecast::State::kInsufficient}; }
inline Forecast Loading() { return {.state = Forecast::State::kLoading}; }

// A service under observation: each look happens some time after the one before it.
class Watched {
 public:
  explicit Watched(api::ServiceSpec the_spec = SampleSpec(), std::optional<int> floor_in_force = std::nullopt)
      : spec(std::move(the_spec)) {
    snapshot.now = {kStart, kMorning};
    snapshot.capacity = CapacityOf(10, 10);
    snapshot.floor_in_force = floor_in_force;
  }

  Decision Look(milliseconds later, const Demand& demand, const Forecast& forecast) {
    snapshot.now.steady += later;
    snapshot.now.wall += later;
    snapshot.demand = demand;
    snapshot.forecast = forecast;
    Outcome outcome = DecideFloor(spec, snapshot, std::move(state));
    state = std::move(outcome.next);
    return std::move(outcome.decision);
  }
  int FloorAfter(milliseconds later, const Demand& demand, const Forecast& forecast) {
    return Look(later, demand, forecast).floor;
  }

  api::ServiceSpec spec;
  Snapshot snapshot;  // what each look begins with
  FloorState state;
};

}  // namespace dso::decide::test
