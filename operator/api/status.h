// What the operator reports: the status of a DeepSeekService. Plain values, no behaviour.
//
// It is also the operator's memory across a restart: the floor and its age are taken up from here (status_json.h), so
// that no floor moves because the operator did.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/conditions.h"
#include "base/time.h"

namespace dso::api {

struct FloorStatus {
  int current = 0;                // replicas
  std::optional<int> predicted;   // what the forecast alone asks for
  std::optional<int> reactive;    // what the demand of now alone asks for
  std::optional<int> event;       // what the calendar asks for now; absent while it asks for nothing
  std::string reason;             // one CamelCase word: "Forecast"
  std::optional<WallTime> since;  // when `current` took its value

  friend bool operator==(const FloorStatus&, const FloorStatus&) = default;
};

struct DemandStatus {
  double current = 0;
  std::string unit;            // "requests/s"
  std::optional<WallTime> at;  // of the sample
  std::string source;          // "preset deepseek", "query"

  friend bool operator==(const DemandStatus&, const DemandStatus&) = default;
};

// The forecast of the peak between now and `by`, in the unit of demand.
struct ForecastStatus {
  std::string model;
  double expected = 0;
  double quantile = 0;  // the figure that the floor is made for
  std::optional<WallTime> by;
  std::optional<double> error_percent;     // of past forecasts; absent until some have been scored
  std::optional<double> coverage_percent;  // how often demand stayed below the quantile
  milliseconds history{0};                 // length of the history in use
  std::optional<WallTime> next_peak_at;    // when the demand is expected to be highest within a day
  double next_peak = 0;                    // the demand expected then

  friend bool operator==(const ForecastStatus&, const ForecastStatus&) = default;
};

// What the external forecaster says of the same peak; shown as a part of the forecast.
struct ExternalForecastStatus {
  std::string forecaster;          // the administrator's name for it
  std::string model;               // as it calls itself; "" until it has answered
  std::optional<double> expected;  // absent while it has no answer
  std::optional<double> quantile;
  std::optional<double> error_percent;  // of past predictions; absent until one has come true

  friend bool operator==(const ExternalForecastStatus&, const ExternalForecastStatus&) = default;
};

struct CapacityStatus {
  double per_replica = 0;         // planned, in the unit of demand: after safety factor or target utilization
  std::string source;             // "Formula", "PerReplica", "Learned"
  std::optional<double> learned;  // what a replica carries at its limit, as far as learned: the memory of a restart
  std::string evidence;           // what was learned from; empty for a capacity that is given
  // The figures of a formula, and where each comes from: the memory of a restart for what is measured.
  std::optional<double> cores{};
  std::string cores_from{};  // "Spec", "Limits", "Requests"
  std::optional<milliseconds> average_response_time{};
  std::string average_response_time_from{};  // "Spec", "Measured"

  friend bool operator==(const CapacityStatus&, const CapacityStatus&) = default;
};

// How long a new replica takes, and what the forecast looks ahead.
struct LeadTimeStatus {
  milliseconds current{0};                   // what the forecast looks ahead
  std::string source;                        // "Spec", "Learned", "Prior"
  std::optional<milliseconds> start_up_p90;  // of a batch, from the first creation to the last Ready
  int batches = 0;                           // that this was learned from
  std::optional<milliseconds> scheduling_p50, pulling_p50, readying_p50;

  friend bool operator==(const LeadTimeStatus&, const LeadTimeStatus&) = default;
};

// What the floor has been worth in the simulated cluster of sim/score.h, over the last seven days.
struct ScoreStatus {
  std::string text;                 // one sentence
  double avoided_loss_percent = 0;  // of what the HPA alone would have lost
  double extra_cost_percent = 0;    // replica-hours more than the HPA alone; may be negative
  milliseconds scored{0};           // time that this is about

  friend bool operator==(const ScoreStatus&, const ScoreStatus&) = default;
};

// The pods that may hold connections at one moment, at worst.
struct PoolPodsStatus {
  int replicas = 0;     // the most that the autoscaler may ask for
  int surge = 0;        // that a rollout adds to them
  int terminating = 0;  // on their way out, and not gone
  // The most waves of a rollout that were seen terminating at once lately (capacity/rollout.h): the memory of a
  // restart.
  int seen_waves = 0;

  friend bool operator==(const PoolPodsStatus&, const PoolPodsStatus&) = default;
};

// What every replica may open to one backend.
struct PoolStatus {
  std::string name;
  std::string backend;
  int per_replica = 0;           // that the pod template carries; 0 while it carries none
  int useful = 0;                // that a replica at its limit has work for
  int64_t worst_case_total = 0;  // of all pods at worst, at per_replica each
  int64_t limit = 0;             // what the service has of the backend for this pool
  std::string note;              // one sentence: where per_replica comes from
  // Of the backend as a whole, by its exporter.
  std::optional<int> in_use;
  std::optional<int> server_limit;

  friend bool operator==(const PoolStatus&, const PoolStatus&) = default;
};

struct DecisionRecord {
  WallTime at{};
  int from = 0;  // floor before and after
  int to = 0;
  std::string reason;
  std::string text;

  friend bool operator==(const DecisionRecord&, const DecisionRecord&) = default;
};

inline constexpr size_t kMaxRecentDecisions = 5;

struct ServiceStatus {
  int64_t observed_generation = 0;
  int replicas = 0;
  int ready_replicas = 0;
  std::optional<FloorStatus> floor;  // absent: none decided yet
  std::string explanation;           // one sentence: why this floor
  std::optional<DemandStatus> demand;
  std::optional<ForecastStatus> forecast;
  std::optional<ExternalForecastStatus> external_forecast;  // forecast.external: there also without a forecast
  std::optional<CapacityStatus> capacity;
  std::optional<LeadTimeStatus> lead_time;
  std::optional<ScoreStatus> score;
  std::vector<PoolStatus> connection_pools;
  std::optional<PoolPodsStatus> pool_pods;       // there whenever `connection_pools` has entries
  std::string pool_config_map;                   // the ConfigMap with the settings in force; empty: none
  std::vector<DecisionRecord> recent_decisions;  // newest first, at most kMaxRecentDecisions
  std::vector<Condition> conditions;

  friend bool operator==(const ServiceStatus&, const ServiceStatus&) = default;
};

// Puts `decision` in front and drops what is older than the newest kMaxRecentDecisions.
void AddDecision(std::vector<DecisionRecord>& decisions, DecisionRecord decision);

}  // namespace dso::api
