// The decision: how many replicas a service may not fall below, and why.
//
//   wanted     = max(reactive, predicted, event, override)                                          needs.h
//   stabilized = maximum of wanted over the scale-down window
//   floor      = stabilized, within maxRaisePerPeriod and maxReleasePerPeriod, within [min, max]
//
// The floor is held, and can only rise, while something that could justify releasing it is not known (floor_reason.h
// lists what). A forecast never lowers it; only time in the window does.
//
// Pure: the same inputs give the same outcome; no I/O, no clock. Thread-safe.
#pragma once

#include <optional>
#include <string>

#include "api/spec.h"
#include "decide/floor_reason.h"
#include "decide/floor_window.h"
#include "decide/lasting_demand.h"
#include "decide/pace.h"
#include "decide/snapshot.h"

namespace dso::decide {

// What is remembered of a service from one decision to the next.
struct FloorState {
  bool started = false;
  FloorWindow window;
  Pace pace;
  LastingDemand demand;  // of full readings
  int floor = 0;
  Now last{};                           // of the decision before
  std::optional<SteadyTime> jumped_at;  // when the wall clock was last seen to have jumped
};

struct Decision {
  int floor = 0;                 // within [min, max]
  std::optional<int> predicted;  // before clamping; absent without a forecast, or where it cannot foresee the load
  std::optional<int> reactive;   // absent without a known demand
  std::optional<int> event;      // absent while no event asks for replicas
  // The demand that `reactive` is made of: that of now, or what has lasted a lead where bursts cannot be foreseen.
  double reactive_demand = 0;
  int wanted = 0;  // the largest of the needs, before window and bounds
  FloorReason reason = FloorReason::kMinimum;
  Hold hold = Hold::kNone;
  // What the HPA's minReplicas is to be: the floor in Active mode; in Off and Shadow replicas.min, or what
  // spec.override asks for.
  int hpa_min_replicas = 0;
  std::string explanation;  // one sentence with the numbers of the formula, the runner-up and what would change it
};

struct Outcome {
  Decision decision;
  FloorState next;
};
Outcome DecideFloor(const api::ServiceSpec& spec, const Snapshot& snapshot, FloorState state);
// The same without the explanation, which takes most of the time: for a replay of weeks.
Outcome DecideFloorUnexplained(const api::ServiceSpec& spec, const Snapshot& snapshot, FloorState state);

// More than this between two decisions, by one clock than by the other, is a jump of the wall clock.
inline constexpr milliseconds kClockJump = seconds(30);
bool HasJumped(const Now& before, const Now& now);

}  // namespace dso::decide
