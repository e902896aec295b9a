// How many replicas each of the things that can ask for some asks for. Pure, thread-safe.
//
//   reactive  demand now / planned; where there is a forecast it has the headroom, and the demand of one moment only
//   has
//             to be served: / at_quantile. On a load whose bursts cannot be foreseen, what has lasted a lead.
//   predicted what the forecast of the maximum of demand over [now, now + lead] needs (predicted_need.h), times the
//             multiplier of an event; where an external forecaster is heeded, the larger of its need and the
//             built-in's. Each is judged by its own slack: neither silences the other.
//   event     minReplicas of an event that has begun, or begins within the lead
//   override  minReplicas of spec.override until it ends
#pragma once

#include <optional>

#include "api/spec.h"
#include "decide/lasting_demand.h"
#include "decide/predicted_need.h"
#include "decide/snapshot.h"

namespace dso::decide {

struct Needs {
  std::optional<Need> reactive;   // absent without a known demand
  std::optional<Need> predicted;  // the larger of the two below
  // Of the built-in forecast and of an external forecaster's: absent without one, or where it cannot foresee the load.
  std::optional<Need> built_in;
  std::optional<Need> external;
  std::optional<int> event;
  std::optional<int> person;  // spec.override
  // The forecast that `predicted` is made of: of the snapshot, times the multiplier of an event.
  Forecast forecast;
  // Whether that is the external forecaster's: where both ask for as many replicas it is the built-in's.
  bool is_external = false;

  // The replicas that have to be there.
  int Raise() const;
  // The replicas that may stay: a need that is lower by a hair only does not release one.
  int Keep() const;
};

// True if demand is to make a floor: it is declared, and prediction not off.
bool WantsFloor(const api::ServiceSpec& spec);
// True if it can: the capacity of a replica is known, too.
bool Predicts(const api::ServiceSpec& spec, const Snapshot& snapshot);

// `lasting` remembers the demand; it is not touched where `Predicts` is false.
Needs NeedsOf(const api::ServiceSpec& spec, const Snapshot& snapshot, LastingDemand& lasting);

}  // namespace dso::decide
