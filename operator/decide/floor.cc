#include "decide/floor.h"

#include <algorithm>

#include "capacity/formula.h"
#include "decide/explain.h"
#include "decide/predicted_need.h"

namespace dso::decide {
namespace {

// How full a replica may be when the quantile of the forecast comes: its last requests would wait.
constexpr double kFullAtQuantile = 0.92;

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

bool Predicts(const api::ServiceSpec& spec, const Snapshot& snapshot) {
  return spec.demand && snapshot.capacity && spec.prediction.mode != api::PredictionMode::kOff;
}

}  // namespace

PlannedCapacity PlanWith(double planned, double full, std::string source) {
  return {planned, std::max(planned, kFullAtQuantile * full), std::move(source)};
}

Result<PlannedCapacity> PlanCapacity(const api::CapacitySpec& capacity, const api::DemandSpec& demand) {
  if (const auto* measured = std::get_if<api::PerReplicaCapacity>(&capacity)) {
    auto planned = capacity::PlannedCapacity(measured->per_replica, measured->target_utilization_percent);
    if (!planned) return std::move(planned).error();
    return PlanWith(*planned, measured->per_replica, "PerReplica");
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
  return PlanWith(result->planned.In(unit), result->at_saturation.In(unit), "Formula");
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
  Outcome outcome = DecideFloorUnexplained(spec, snapshot, std::move(state));
  outcome.decision.explanation =
      Predicts(spec, snapshot) ? Explain(spec, snapshot, outcome.decision) : ExplainWithoutFloor(spec);
  return outcome;
}

Outcome DecideFloorUnexplained(const api::ServiceSpec& spec, const Snapshot& snapshot, FloorState state) {
  const api::ReplicaBounds& bounds = spec.replicas;
  Decision decision;
  if (!Predicts(spec, snapshot)) {
    decision.floor = decision.hpa_min_replicas = bounds.min;
    return {std::move(decision), FloorState()};
  }

  const bool forecast = snapshot.forecast.state == Forecast::State::kReady;
  const bool foreseen = forecast && CanBeForeseen(snapshot.forecast);
  if (snapshot.demand.state == Demand::State::kKnown) {
    const double carried = forecast ? snapshot.capacity->at_quantile : snapshot.capacity->per_replica;
    const double now = snapshot.demand.value;
    // An answer that may be too low says nothing about what has lasted.
    if (!snapshot.demand.at_least) state.demand.Note(snapshot.now.steady, now);
    const double lasting = state.demand.Minimum(snapshot.now.steady, spec.prediction.lead_time, now);
    const bool only_lasting = forecast && !foreseen && !snapshot.demand.at_least;
    decision.reactive_demand = only_lasting ? lasting : now;
    decision.reactive = capacity::ReplicasFor(decision.reactive_demand, carried);
  }
  if (foreseen) decision.predicted = PredictNeed(snapshot.forecast, *snapshot.capacity).replicas;

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
  state.floor = decision.floor;
  return {std::move(decision), std::move(state)};
}

}  // namespace dso::decide
