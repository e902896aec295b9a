// What the operator remembers of one service between two looks at it. Nothing here is precious: after a restart the
// floor comes back from the HPA and the status, the history from Prometheus. Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/deepseek_service.h"
#include "controller/contest.h"
#include "controller/verdict.h"
#include "decide/floor.h"
#include "forecast/forecaster.h"
#include "prom/reading.h"

namespace dso::controller {

// A history on its way from Prometheus into the forecaster.
enum class HistoryState { kWanted, kLoading, kLoaded };

struct ServiceRecord {
  // Demand and its past. The forecaster is made for `learned_for` and replaced when that changes.
  struct LearningKey {
    std::optional<api::DemandSpec> demand;
    api::PredictionSpec prediction;
    milliseconds lead{0};
    friend bool operator==(const LearningKey&, const LearningKey&) = default;
  };
  std::optional<LearningKey> learned_for;
  std::unique_ptr<forecast::Forecaster> forecaster;
  std::string time_zone_problem;  // why its seasons follow UTC although the spec names another zone
  HistoryState history = HistoryState::kWanted;
  uint64_t history_load = 0;    // which load fills it: what an overtaken one still brings is dropped
  int history_failures = 0;     // in a row
  std::string history_problem;  // why it could not be read the last time
  SteadyTime history_retry_at{};
  std::optional<prom::Reading> reading;  // the last answer about the demand
  WallTime reading_at{};

  // The decision.
  decide::FloorState floor_state;
  std::optional<decide::Decision> decision;
  decide::Forecast forecast;  // what it was made from
  decide::LookAhead look_ahead;
  std::optional<decide::PlannedCapacity> capacity;
  std::optional<Verdict> spec_problem;  // figures that the schema could not judge
  WallTime floor_since{};
  std::vector<api::DecisionRecord> recent_decisions;

  // What the last reconcile found.
  std::optional<SteadyTime> target_read_at;  // of spec.targetRef
  Verdict accepted;
  Verdict workload;
  Verdict floor_applied;
  std::optional<Verdict> disruption_budget;  // only where one is declared
  int replicas = 0;
  int ready_replicas = 0;
  int64_t reconciled_generation = 0;
  SteadyTime reconciled_at{};

  // The last minReplicas that we wrote, and when: see Reconciler::ApplyAutoscaler.
  int written_min_replicas = 0;
  std::optional<SteadyTime> min_replicas_written_at;

  // The autoscaler of spec.autoscaling.hpaRef or scaledObjectRef.
  std::optional<Adoptable> adopted;                   // as last seen; absent: not declared, not there, or not read yet
  std::optional<api::AdoptedAutoscaler> adopted_ref;  // that it was looked for by
  std::optional<SteadyTime> adopted_read_at;          // from the API server: ScaledObjects are not watched
  Contest contest;

  // What the floor may be at most, because the autoscaler's owner says so.
  std::optional<int> AdoptedMaximum() const { return adopted ? std::optional(adopted->maximum) : std::nullopt; }
  // What stands on it, if the service holds its minimum.
  std::optional<int> FloorHeldBy(const std::string& service) const {
    return adopted && adopted->held_by == service && adopted->HasOurFloor() ? adopted->minimum : std::nullopt;
  }

  // A child that was found in sync, or was just applied: hash of the configuration and of the live object. Also ends
  // the matter for a field that the API server rewrites, so that its answer looks different from what was asked for.
  struct Settled {
    uint64_t desired = 0;
    uint64_t live = 0;
    friend bool operator==(const Settled&, const Settled&) = default;
  };
  std::map<std::string, Settled> settled;  // by kind

  // The status as last written.
  api::ServiceStatus written;
  SteadyTime written_at{};
};

}  // namespace dso::controller
