#include "decide/floor.h"

#include <algorithm>

#include "capacity/formula.h"
#include "decide/explain.h"

namespace dso::decide {
namespace {

bool MayRelease(const Snapshot& snapshot) {
  return snapshot.demand.state == Demand::State::kKnown && !snapshot.demand.at_least &&
         snapshot.forecast.state != Forecast::State::kLoading;
}

// The need of this moment, in replicas, before the window and the bounds.
int Wanted(const Decision& decision) { return std::max(decision.predicted.value_or(0), decision.reactive.value_or(0)); }

FloorReason ReasonFor(const api::ReplicaBounds& bounds, const Decision& decision, bool held) {
  const int wanted = Wanted(decision);
  if (wanted > bounds.max) return FloorReason::kMaximum;
  if (decision.floor > std::max(wanted, bounds.min)) return held ? FloorReason::kHeld : FloorReason::kStabilizing;
  if (wanted <= bounds.min) return FloorReason::kMinimum;
  return decision.predicted.value_or(0) > decision.reactive.value_or(0) ? FloorReason::kForecast : FloorReason::kDemand;
}

}  // namespace

Result<PlannedCapacity> PlanCapacity(const api::CapacitySpec& capacity, const api::DemandSpec& demand) {
  if (const auto* measured = std::get_if<api::PerReplicaCapacity>(&capacity)) {
    auto planned = capacity::PlannedCapacity(measured->per_replica, measured->target_utilization_percent);
    if (!planned) return std::move(planned).error();
    return PlannedCapacity{*planned, "PerReplica"};
  }
  const auto& formula = std::get<api::CapacityFormula>(capacity);
  auto result = capacity::CapacityFromFormula({.cores = formula.cores,
                                               .concurrency_per_core = formula.concurrency_per_core,
                                               .average_response_time = formula.average_response_time,
                                               .safety_factor = formula.safety_factor});
  if (!result) return std::move(result).error();
  if (demand.unit != api::kInFlight && demand.unit != api::kRequestsPerSecond) {
    return InvalidArgument("spec.demand.unit: \"" + demand.unit +
                           "\" is not a unit of capacity.formula; use \"requests/s\" or \"in flight\", or give "
                           "capacity.perReplica in your own unit");
  }
  const auto unit = demand.unit == api::kInFlight ? capacity::Unit::kInFlight : capacity::Unit::kRequestsPerSecond;
  return PlannedCapacity{result->planned.In(unit), "Formula"};
}

std::string_view ToString(FloorReason reason) {
  switch (reason) {
    case FloorReason::kMinimum: return "Minimum";
    case FloorReason::kForecast: return "Forecast";
    case FloorReason::kDemand: return "Demand";
    case FloorReason::kStabilizing: return "Stabilizing";
    case FloorReason::kHeld: return "Held";
    case FloorReason::kMaximum: return "Maximum";
  }
  return "Unknown";
}

Outcome DecideFloor(const api::ServiceSpec& spec, const Snapshot& snapshot, FloorState state) {
  const api::ReplicaBounds& bounds = spec.replicas;
  Decision decision;
  const bool predicts = spec.demand && snapshot.capacity && spec.prediction.mode != api::PredictionMode::kOff;
  if (!predicts) {
    decision.floor = decision.hpa_min_replicas = bounds.min;
    decision.explanation = ExplainWithoutFloor(spec);
    return {std::move(decision), FloorState()};
  }

  const double planned = snapshot.capacity->per_replica;
  if (snapshot.demand.state == Demand::State::kKnown) {
    decision.reactive = capacity::ReplicasFor(snapshot.demand.value, planned);
  }
  if (snapshot.forecast.state == Forecast::State::kReady) {
    decision.predicted = capacity::ReplicasFor(snapshot.forecast.quantile, planned);
  }

  if (!state.started) {
    state.started = true;
    state.floor = snapshot.floor_in_force.value_or(bounds.min);
    state.window.Note(snapshot.now.steady, state.floor);
  }
  const bool held = !MayRelease(snapshot);
  // While held, what stood before is what is wanted still: its time in the window has not begun to run.
  const int wanted = held ? std::max(Wanted(decision), state.floor) : Wanted(decision);
  state.window.Note(snapshot.now.steady, wanted);
  const int stabilized = state.window.Maximum(snapshot.now.steady, spec.autoscaling.scale_down_window);

  decision.floor = std::clamp(stabilized, bounds.min, bounds.max);
  decision.reason = ReasonFor(bounds, decision, held);
  decision.hpa_min_replicas = spec.prediction.mode == api::PredictionMode::kActive ? decision.floor : bounds.min;
  decision.explanation = Explain(spec, snapshot, decision);
  state.floor = decision.floor;
  return {std::move(decision), std::move(state)};
}

}  // namespace dso::decide
