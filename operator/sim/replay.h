// The live code path over a history: Forecaster::Observe → decide::DecideFloor, tick by tick.
//
// A tick is at each sample and each minute between samples; none comes after the last. What a tick yields depends on
// samples up to that moment only. Pure and deterministic; not thread-safe.
#pragma once

#include <span>
#include <vector>

#include "decide/floor.h"
#include "forecast/forecaster.h"
#include "sim/backtest.h"
#include "sim/trace.h"

namespace dso::sim {

// Decides the floor of one policy.
class FloorPlanner {
 public:
  // Of the policy, only floor_target is used; the rest is in the forecasts. Precondition: the options are valid.
  FloorPlanner(const BacktestOptions& options, double floor_target);

  void Decide(WallTime now, const decide::Demand& demand, const decide::Forecast& forecast);

  // So far; the first change is at the first decision.
  const std::vector<FloorChange>& changes() const { return changes_; }

 private:
  api::ServiceSpec spec_;
  decide::Snapshot snapshot_;
  decide::FloorState state_;
  std::vector<FloorChange> changes_;
};

struct Replay {
  std::vector<IssuedForecast> forecasts;  // one a sample, once there is a model
  forecast::Forecaster::Status status;    // at the end
  std::vector<forecast::Forecaster::ModelScore> models;
};

// All planners see the same forecasts: of the maximum over the lead of the options. Precondition: lead > 0.
Replay ReplayTrace(const Trace& trace, const BacktestOptions& options, double quantile,
                   std::span<FloorPlanner> planners, const Progress& progress);

}  // namespace dso::sim
