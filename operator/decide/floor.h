// The decision: how many replicas a service may not fall below, and why.
//
//   planned   = what one ready replica is planned to carry (capacity x headroom), in the unit of demand
//   predicted = what the forecast of the maximum of demand over [now, now + lead] needs (predicted_need.h)
//   reactive  = ceil(demand now / planned); where there is a forecast it has the headroom, and the demand of one moment
//               only has to be served: nearly full replicas
//   floor     = clamp(maximum over the stabilization window of max(predicted, reactive), min, max)
//
// The floor is held, and can only rise, while something that could justify releasing it is not known: the demand is
// missing, or the history is still being read after a start. A forecast never lowers it; only time in the window does.
//
// Pure: the same inputs give the same outcome; no I/O, no clock. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/spec.h"
#include "base/result.h"
#include "base/time.h"
#include "decide/floor_window.h"
#include "decide/lasting_demand.h"

namespace dso::decide {

// What one replica may carry, in the unit of demand, and where the figures come from, as in the status ("Formula",
// "PerReplica").
struct PlannedCapacity {
  double per_replica = 0;  // planned load: the capacity with its headroom
  double at_quantile = 0;  // nearly all of the capacity, for when the quantile of the forecast comes; >= per_replica
  std::string source;
};
// `full`: what a replica can carry at all. Precondition: 0 < planned <= full.
PlannedCapacity PlanWith(double planned, double full, std::string source);
// kInvalidArgument if the figures make no capacity, or not one in the unit of the demand.
Result<PlannedCapacity> PlanCapacity(const api::CapacitySpec& capacity, const api::DemandSpec& demand);

struct Demand {
  enum class State {
    kUnread,   // nobody has asked Prometheus yet
    kKnown,    // zero included
    kMissing,  // Prometheus was asked and has no answer that can be trusted
  };
  State state = State::kUnread;
  double value = 0;
  bool at_least =
      false;  // the answer may be too low (a part of the data was missing): good for raising, not for releasing
};

struct Forecast {
  enum class State {
    kLoading,       // the history is still to be read: the forecast may yet be higher than anything known
    kInsufficient,  // the history is read, and too short
    kReady,
  };
  State state = State::kLoading;
  double expected = 0;  // of the maximum over the lead window, in the unit of demand
  double quantile = 0;
  WallTime peak_at{};  // when the maximum is expected
  double slack = 0;    // of the quantile lately, as a share of the demand: see predicted_need.h
};

struct Now {
  SteadyTime steady;
  WallTime wall;
};

// Everything that the decision depends on.
struct Snapshot {
  Now now;
  Demand demand;
  Forecast forecast;
  std::optional<PlannedCapacity> capacity;  // absent: no floor beyond the minimum
  // What the HPA carries (or carried, says the status) when this process sees the service for the first time: a restart
  // of the operator must not lower it.
  std::optional<int> floor_in_force;
};

// What is remembered of a service from one decision to the next.
struct FloorState {
  bool started = false;
  FloorWindow window;
  LastingDemand demand;  // of full readings
  int floor = 0;
};

enum class FloorReason {
  kMinimum,      // nothing asks for more than replicas.min
  kForecast,     // the predicted need decides
  kDemand,       // the present need decides
  kStabilizing,  // a higher need within the stabilization window decides
  kHeld,         // the demand is unknown or the history is being read, so that the floor may not be released
  kMaximum,      // the need is above replicas.max
};
std::string_view ToString(FloorReason reason);

struct Decision {
  int floor = 0;                 // within [min, max]
  std::optional<int> predicted;  // before clamping; absent without a forecast, or where it cannot foresee the load
  std::optional<int> reactive;   // absent without a known demand
  // The demand that `reactive` is made of: that of now, or what has lasted a lead where bursts cannot be foreseen.
  double reactive_demand = 0;
  FloorReason reason = FloorReason::kMinimum;
  // What the HPA's minReplicas is to be: the floor in Active mode, replicas.min in Off and Shadow.
  int hpa_min_replicas = 0;
  std::string explanation;  // one sentence with the numbers of the formula, the runner-up included
};

struct Outcome {
  Decision decision;
  FloorState next;
};
Outcome DecideFloor(const api::ServiceSpec& spec, const Snapshot& snapshot, FloorState state);
// The same without the explanation, which takes most of the time: for a replay of weeks.
Outcome DecideFloorUnexplained(const api::ServiceSpec& spec, const Snapshot& snapshot, FloorState state);

}  // namespace dso::decide
