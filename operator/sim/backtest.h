// Replays a history of demand through the operator's own code and through a simulated HPA, with and without the floor:
// what would have been lost, and what would it have cost?
//
//   each tick    Forecaster::Observe → decide::DecideFloor → the HPA's minReplicas      (the live code path)
//   each 15 s    SimulatedHpa, once with that floor and once without
//
// A floor at a moment depends on samples up to that moment only. Pure and deterministic; not thread-safe.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "forecast/calendar.h"
#include "sim/trace.h"

namespace dso::sim {

// How replicas are planned. All are shares in (0, 1].
struct Policy {
  double hpa_target = 0.7;    // the HPA's CPU utilisation target
  double floor_target = 0.7;  // the utilisation that the floor plans with
  double quantile = 0.9;      // of the maximum of demand over the lead

  friend bool operator==(const Policy&, const Policy&) = default;
};

struct BacktestOptions {
  double capacity_per_replica = 0;  // what one replica at 100 % CPU serves, in the unit of demand; > 0
  Policy policy;
  milliseconds startup = std::chrono::minutes(5);  // from the creation of a pod until it is ready
  milliseconds lead{0};                            // 0: startup + one sync + the HPA's 15 s + the age of a sample
  int min_replicas = 1;
  int max_replicas = 100;
  milliseconds warmup = std::chrono::days(7);  // of the start of the history: learned from, not judged
  milliseconds scale_down_window = std::chrono::minutes(5);
  forecast::Calendar calendar{};  // of the seasons
};

// What became of the demand after the warm-up.
struct Service {
  double lost = 0;             // demand beyond what the ready replicas could serve, in units × seconds
  double lost_share = 0;       // of all demand
  double replica_hours = 0;    // starting replicas included
  milliseconds busy{0};        // time with demand beyond the ready replicas
  milliseconds worst_busy{0};  // the longest run of it
  double mean_utilization = 0;
  size_t changes = 0;  // of the number of replicas
};

// How good the forecasts at exactly the lead were. WAPE is Σ|actual − expected| / Σ actual.
struct Accuracy {
  size_t forecasts = 0;
  double wape = 0;
  double wape_last_value = 0;      // of "as now"
  double wape_seasonal_naive = 0;  // of "as at this time a day ago"
  double coverage = 0;             // share of actual values within the quantile
  double coverage_of_peak = 0;     // share of maxima after a forecast, up to its target, within their quantile
  double coverage_in_rises = 0;    // coverage over the fifth of the samples with the steepest rise over the lead
};

// One model of the forecaster's bank at the end of the replay.
struct ModelScore {
  std::string name;
  double wape = 0;
  double weight = 0;  // its part in the combination, in [0, 1]
};

// One point of the plots.
struct Moment {
  WallTime at;
  double demand = 0;
  double expected = 0;  // of this moment, issued a lead before; NaN where there was no forecast
  double quantile = 0;
  int floor = 0;
  int replicas_alone = 0;  // ready, the HPA alone
  int replicas_with = 0;   // ready, with the floor
};

// A policy and what it would have cost; the quotients are relative to the HPA at 70 % alone.
struct FrontierPoint {
  Policy policy;
  bool with_floor = true;
  Service service;
  double relative_cost = 1;
  double relative_loss = 1;
};

struct BacktestResult {
  std::string trace;        // its name
  BacktestOptions options;  // with the lead that was used
  WallTime from, judged_from, to;
  size_t samples = 0;
  size_t ignored = 0;
  double peak = 0;  // the largest demand
  std::string model;
  std::vector<milliseconds> seasons;
  Accuracy accuracy;
  std::vector<ModelScore> models;
  Service alone;                        // the HPA of the policy without a floor
  Service with_floor;                   // the same with it
  std::vector<Moment> timeline;         // after the warm-up
  std::vector<FrontierPoint> frontier;  // empty unless asked for
  FrontierPoint recommended;            // of the frontier
  std::string recommendation;           // one sentence for people
};

// minReplicas from a moment on.
struct FloorChange {
  WallTime at;
  int replicas = 0;
};

// A forecast for exactly one lead ahead.
struct IssuedForecast {
  WallTime issued;
  WallTime target;
  double expected = 0;       // the median of the demand at the target
  double quantile = 0;       // of the demand at the target
  double peak_quantile = 0;  // of the maximum over [issued, target]
};

struct BacktestRun {
  BacktestResult result;  // without the frontier, which is policy.h's
  std::vector<FloorChange> floor;
  std::vector<IssuedForecast> forecasts;
};

// The share that is done, in [0, 1].
using Progress = std::function<void(double)>;

// kInvalidArgument if the options are out of their range, or if the trace is not longer than the warm-up.
Status Validate(const Trace& trace, const BacktestOptions& options);

// The lead where none is given: from the creation of a pod until it is ready, plus what passes before it is created.
milliseconds DefaultLead(const Trace& trace, const BacktestOptions& options);

// As Validate(). `progress` may be empty.
Result<BacktestRun> Backtest(const Trace& trace, const BacktestOptions& options, const Progress& progress = {});

}  // namespace dso::sim
