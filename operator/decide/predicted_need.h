// From a forecast to a number of replicas.
//
//   need = max( expected / planned,  paid / at_quantile )
//
// The headroom of a replica and the margin of a forecast stand for the same thing, what is not known of the demand. So
// they are not stacked: at the expected peak the replicas carry what they are planned to, and at the quantile of the
// peak they may run nearly full.
//
//   paid = expected + share · (quantile − expected)     share = (0.6 − slack) / (0.6 − 0.3), within [0, 1]
//
// `slack` is how much of the promised quantile has stood idle lately, relative to the demand (forecast/interval.h). On
// a load whose bursts cannot be foreseen the quantile is as high as a burst all day long: from 0.3 on less of the
// margin is paid, and from 0.6 on nothing is. From 0.8 on a forecast raises no floor, and of the present demand only
// what has lasted a lead counts, since pods that are started for less than that come when it is over.
// docs/forecasting.md has the figures. Pure, thread-safe.
#pragma once

#include "decide/snapshot.h"

namespace dso::decide {

// The share of the margin that is paid. Precondition: the forecast is ready.
double MarginShare(const Forecast& forecast);
// From here on the bursts of a load cannot be foreseen.
inline constexpr double kForeseenSlack = 0.8;
inline bool CanBeForeseen(const Forecast& forecast) { return forecast.slack < kForeseenSlack; }

// A load and what a replica carries of it, both in the unit of demand.
struct Need {
  double demand = 0;
  double per_replica = 0;

  int Replicas() const;
  // How many may stay: kHysteresisReplicas more are allowed for before one of them is released.
  int ReplicasKept() const;
};

// Between so many replicas a need may wander without moving a floor: noise round a whole number would.
inline constexpr double kHysteresisReplicas = 0.1;

// Precondition: the forecast is ready.
Need PredictNeed(const Forecast& forecast, const PlannedCapacity& capacity);

}  // namespace dso::decide
