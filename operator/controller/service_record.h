// What the operator remembers of one service between two looks at it. Nothing here is precious: after a restart the
// floor comes back from the HPA and the status, the history from Prometheus. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/deepseek_service.h"
#include "controller/contest.h"
#include "controller/external_record.h"
#include "controller/floor_event.h"
#include "controller/learner.h"
#include "controller/pod_health.h"
#include "controller/pool_record.h"
#include "controller/verdict.h"
#include "decide/floor.h"
#include "decide/learned_capacity.h"
#include "decide/saturation.h"
#include "decide/start_up.h"
#include "prom/reading.h"

namespace dso::controller {

// A history on its way from Prometheus into the forecaster.
enum class HistoryState { kWanted, kLoading, kLoaded };

// What is asked about the work of each pod, and where.
struct PodWorkQuery {
  std::string server;
  std::string query;

  friend bool operator==(const PodWorkQuery&, const PodWorkQuery&) = default;
};

// A write of ours that the cache may not show yet.
struct OwnWrite {
  std::string replaced{};  // the resourceVersion that the cache had when it was made
  std::string made{};

  // The newest version that is known while the cache has `cached`.
  const std::string& NewestOf(const std::string& cached) const {
    return !made.empty() && cached == replaced ? made : cached;
  }
};

struct ServiceRecord {
  // What a process knows of a service when it sees it first: what the one before it has said.
  static ServiceRecord Remembered(const api::ServiceStatus& status);

  // When this process begins to lead: the decisions so far were another's, as its status tells; they are gone on with
  // as after a restart. What was learned of demand and pods stays.
  void TakeOver(const api::ServiceStatus& status);
  // When it leads no longer: what only a leader reads is not known any more.
  void StandBy();

  SteadyTime first_seen_at{};  // by this process, as the one that leads

  // Demand and its past.
  std::optional<LearningKey> learned_for;  // what is to be learned; absent without demand or prediction
  std::unique_ptr<Learner> learner;        // in use; null until a history has been read
  std::unique_ptr<Learner> next_learner;   // the history is being read into this one; null if none is
  std::optional<ScorePlan> score_plan;     // of the decision
  std::string time_zone_problem;           // why its seasons follow UTC although the spec names another zone
  HistoryState history = HistoryState::kWanted;
  uint64_t history_load = 0;    // which load fills it: what an overtaken one still brings is dropped
  int history_failures = 0;     // in a row
  std::string history_problem;  // why it could not be read the last time
  SteadyTime history_retry_at{};
  std::optional<prom::Reading> reading;  // the last answer about the demand
  WallTime reading_at{};
  decide::AskedDemand asked;  // what it says about what was asked
  bool partial = false;       // it may be a part of the demand only

  // The external forecaster that the spec picks: replaced as a whole where what it is asked changes.
  std::shared_ptr<ExternalRecord> external;  // null: none is picked, or nothing is predicted
  std::optional<ExternalSay> external_say;   // at the last look; absent where `external` is null

  // The pods of the workload.
  std::optional<api::TargetRef> pods_of;                                 // the target; absent for those of a template
  bool looked_at = false;                                                // `pods_of` is known
  std::unordered_map<std::string, std::shared_ptr<const LivePod>> pods;  // by name
  bool pods_known = false;                                               // they have been watched or listed
  SteadyTime pods_read_at{};  // of an adopted target: when they were last listed
  PodHealth health;
  decide::SlidingExtreme<int, std::less_equal<>> fewest_ready;
  decide::StartUpTimes start_up;
  decide::StartUpEstimate start_up_estimate;
  milliseconds lead_for{0};                // the start-up that `look_ahead` tells of
  milliseconds sync_period = seconds(15);  // of the operator

  // spec.autoscaling.podDeletionCost: see deletion_cost.h.
  std::optional<PodWorkQuery> pod_work;        // what the two below are about
  std::optional<SteadyTime> pod_work_read_at;  // when it was last asked for
  Verdict deletion_costs;

  // What spec.prediction.events come to, and the events that it was made from.
  std::vector<api::EventSpec> planned_for;
  PlannedEvents events;

  std::optional<api::LearnedCapacity> learning_within;  // the bounds of `learned`
  std::optional<decide::LearnedCapacity> learned;
  // What a formula leaves out: see capacity_figures.h. What is known stays until something else is.
  std::optional<milliseconds> response_time;  // measured by Prometheus
  std::optional<api::PodCores> target_cores;  // of spec.targetRef
  std::string cores_problem;                  // why it has none; empty: it has, or has not been read
  std::optional<WallTime> clock_jumped_at;    // when the wall clock was last seen to have jumped

  PoolRecord pools;  // spec.connectionPools

  // The decision.
  decide::FloorState floor_state;
  std::optional<decide::Decision> decision;
  std::optional<decide::Snapshot> decided_on;         // what it was made from
  decide::Forecast forecast;                          // of that
  decide::LookAhead look_ahead{milliseconds(0), ""};  // 0: none has been settled yet
  std::optional<decide::PlannedCapacity> capacity;    // absent: makes no sense, or a part of it is not measured yet
  std::optional<Verdict> spec_problem;                // figures that the schema could not judge
  WallTime floor_since{};
  std::vector<api::DecisionRecord> recent_decisions;

  // What the last reconcile found.
  std::optional<SteadyTime> target_read_at;  // of spec.targetRef
  Verdict accepted;
  Verdict workload;
  Verdict floor_applied;
  std::optional<Verdict> disruption_budget;  // only where one is declared
  std::optional<Verdict> destination_rule;   // only where one is declared
  int replicas = 0;
  int ready_replicas = 0;
  int64_t reconciled_generation = 0;
  SteadyTime reconciled_at{};

  // The last minReplicas that we wrote, and when: see Reconciler::ApplyAutoscaler.
  int written_min_replicas = 0;
  std::optional<SteadyTime> min_replicas_written_at;
  std::optional<FloorEvent> floor_event;
  // The newest resourceVersion of the HPA that a write of ours is about to replace, or that is known to be replaced: by
  // that write, or by another one if ours was in conflict. A write that has failed otherwise has replaced nothing.
  std::optional<std::string> replaced_autoscaler;

  // The autoscaler of spec.autoscaling.hpaRef or scaledObjectRef.
  std::optional<Adoptable> adopted;                   // as last seen; absent: not declared, not there, or not read yet
  std::optional<api::AdoptedAutoscaler> adopted_ref;  // that it was looked for by
  std::optional<SteadyTime> adopted_read_at;          // from the API server: ScaledObjects are not watched
  Contest contest;

  // What the floor may be at most, because the autoscaler's owner says so.
  std::optional<int> AdoptedMaximum() const { return adopted ? std::optional(adopted->maximum) : std::nullopt; }
  // The floor that stands on it, if the service holds its minimum: nothing while the owner's own is as high.
  std::optional<int> FloorHeldBy(const std::string& service) const {
    const bool holds = adopted && adopted->held_by == service && adopted->HasOurFloor();
    return holds && adopted->minimum > adopted->Original() ? adopted->minimum : std::nullopt;
  }

  // A child that was found in sync, or was just applied: hash of the configuration and of the live object. Also ends
  // the matter for a field that the API server rewrites, so that its answer looks different from what was asked for.
  struct Settled {
    uint64_t desired = 0;
    uint64_t live = 0;
    friend bool operator==(const Settled&, const Settled&) = default;
  };
  std::map<std::string, Settled> settled;  // by kind

  // What there is to report, as of the last look; and the status as last written.
  std::shared_ptr<const api::ServiceStatus> reported;
  api::ServiceStatus written;
  SteadyTime written_at{};
  OwnWrite status_versions;
};

}  // namespace dso::controller
