#include "decide/floor.h"

#include <algorithm>
#include <utility>

#include "decide/bounds.h"
#include "decide/explain.h"
#include "decide/needs.h"

namespace dso::decide {
namespace {

Hold HoldOf(const api::ServiceSpec& spec, const Snapshot& snapshot, const FloorState& state) {
  const milliseconds settled = spec.autoscaling.scale_down_window + snapshot.look_ahead.lead;
  if (state.jumped_at && snapshot.now.steady < *state.jumped_at + settled) return Hold::kClock;
  if (WantsFloor(spec) && !snapshot.capacity) return Hold::kCapacityUnknown;
  if (Predicts(spec, snapshot)) {
    if (snapshot.forecast.state == Forecast::State::kLoading) return Hold::kHistory;
    if (snapshot.demand.state != Demand::State::kKnown) return Hold::kDemandUnknown;
    if (snapshot.demand.at_least) return Hold::kDemandAtLeast;
  }
  return snapshot.pods_on_their_way > 0 ? Hold::kPods : Hold::kNone;
}

// The first of the needs, in the order of how much it is worth to be told, that asks for what is wanted.
FloorReason DecisiveNeed(const Needs& needs, int wanted) {
  if (needs.reactive && needs.reactive->Replicas() == wanted) return FloorReason::kDemand;
  if (needs.predicted && needs.predicted->Replicas() == wanted) return FloorReason::kForecast;
  return needs.event == wanted ? FloorReason::kEvent : FloorReason::kOverride;
}

FloorReason ReasonFor(const Needs& needs, const Decision& decision, const Bounds& bounds, int stabilized) {
  if (decision.wanted > bounds.max && decision.floor == bounds.max) return FloorReason::kMaximum;
  if (decision.floor < std::min(decision.wanted, bounds.max)) return FloorReason::kRaising;
  if (decision.floor > std::max(decision.wanted, bounds.min)) {
    if (decision.hold != Hold::kNone) return FloorReason::kHeld;
    return decision.floor > stabilized ? FloorReason::kReleasing : FloorReason::kStabilizing;
  }
  return decision.wanted <= bounds.min ? FloorReason::kMinimum : DecisiveNeed(needs, decision.wanted);
}

int HpaMinReplicas(const api::ServiceSpec& spec, const Needs& needs, const Bounds& bounds, int floor) {
  if (spec.prediction.mode == api::PredictionMode::kActive) return floor;
  return bounds.Clamp(needs.person.value_or(0));
}

// Otherwise there is nothing to remember: the floor is replicas.min, or the override's, at once.
bool HasFloor(const api::ServiceSpec& spec) {
  return WantsFloor(spec) || (spec.prediction.mode != api::PredictionMode::kOff && !spec.prediction.events.empty());
}

struct Decided {
  Outcome outcome;
  Needs needs;
  int stabilized = 0;
};

Decided DecideWithoutFloor(const api::ServiceSpec& spec, const Snapshot& snapshot, const Bounds& bounds) {
  FloorState state;
  const Needs needs = NeedsOf(spec, snapshot, state.demand);
  Decision decision;
  decision.wanted = needs.Raise();
  decision.floor = decision.hpa_min_replicas = bounds.Clamp(decision.wanted);
  decision.reason = ReasonFor(needs, decision, bounds, decision.floor);
  return {{std::move(decision), std::move(state)}, needs};
}

Decided Decide(const api::ServiceSpec& spec, const Snapshot& snapshot, const Bounds& bounds, FloorState state) {
  if (!HasFloor(spec)) return DecideWithoutFloor(spec, snapshot, bounds);
  const SteadyTime now = snapshot.now.steady;
  if (!state.started) {
    state.started = true;
    state.floor = bounds.Clamp(snapshot.floor_in_force.value_or(bounds.min));
    state.window.Note(now, state.floor);
  } else if (HasJumped(state.last, snapshot.now)) {
    state.jumped_at = now;
  }
  state.last = snapshot.now;
  if (snapshot.standing && spec.prediction.mode == api::PredictionMode::kActive) {
    state.floor = std::max(state.floor, bounds.Clamp(*snapshot.standing));
  }
  state.pace.Note(now, state.floor);

  const Needs needs = NeedsOf(spec, snapshot, state.demand);
  Decision decision;
  decision.wanted = needs.Raise();
  decision.hold = HoldOf(spec, snapshot, state);
  if (needs.reactive) {
    decision.reactive = needs.reactive->Replicas();
    decision.reactive_demand = needs.reactive->demand;
  }
  if (needs.predicted) decision.predicted = needs.predicted->Replicas();
  decision.event = needs.event;

  // While held, what stood before is what is wanted still: its time in the window has not begun to run.
  const int kept = std::clamp(state.floor, decision.wanted, std::max(decision.wanted, needs.Keep()));
  state.window.Note(now, decision.hold == Hold::kNone ? kept : std::max(decision.wanted, state.floor));
  const int stabilized = state.window.Maximum(now, spec.autoscaling.scale_down_window);
  // Neither pace takes back what stands already: it may be less, or more, than it allows by other bounds or a limit
  // that is new.
  int floor = std::max(stabilized, std::min(state.pace.Lowest(now, spec.prediction.max_release), state.floor));
  if (const auto& max_raise = spec.prediction.max_raise) {
    floor = std::min(floor, std::max(state.pace.Highest(now, *max_raise), state.floor));
  }

  decision.floor = bounds.Clamp(floor);
  decision.reason = ReasonFor(needs, decision, bounds, stabilized);
  decision.hpa_min_replicas = HpaMinReplicas(spec, needs, bounds, decision.floor);
  state.floor = decision.floor;
  return {{std::move(decision), std::move(state)}, needs, stabilized};
}

}  // namespace

bool HasJumped(const Now& before, const Now& now) {
  const auto by_wall = now.wall - before.wall;
  const auto by_steady = std::chrono::duration_cast<milliseconds>(now.steady - before.steady);
  return by_wall > by_steady + kClockJump || by_steady > by_wall + kClockJump;
}

Outcome DecideFloor(const api::ServiceSpec& spec, const Snapshot& snapshot, FloorState state) {
  const Bounds bounds = BoundsOf(spec, snapshot);
  auto [outcome, needs, stabilized] = Decide(spec, snapshot, bounds, std::move(state));
  outcome.decision.explanation = Explain({spec, snapshot, bounds, needs, outcome.decision, outcome.next, stabilized});
  return std::move(outcome);
}

Outcome DecideFloorUnexplained(const api::ServiceSpec& spec, const Snapshot& snapshot, FloorState state) {
  return Decide(spec, snapshot, BoundsOf(spec, snapshot), std::move(state)).outcome;
}

}  // namespace dso::decide
