// What a person declares: the spec of a DeepSeekService after defaults and validation. Plain values, no behaviour.
//
// The types rule out what the CRD forbids (a template *and* a targetRef, a formula *and* a perReplica), so that the
// code behind them never asks. crds/deepseek-operator.dev_deepseekservices.yaml is the same thing for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/json_text.h"
#include "api/pod_cores.h"
#include "base/time.h"

namespace dso::api {

// A container's port, by number or by name.
using IntOrString = std::variant<int, std::string>;

struct ServicePort {
  int port = 0;
  IntOrString target_port;  // default: the number of `port`, as in core/v1

  friend bool operator==(const ServicePort&, const ServicePort&) = default;
};

// spec.template and what goes with it: the operator owns a Deployment of the service's name.
struct OwnedWorkload {
  JsonText pod_template;  // core/v1 PodTemplateSpec
  JsonText strategy;      // apps/v1 DeploymentStrategy; absent: Kubernetes' own default
  int min_ready_seconds = 0;
  std::optional<ServicePort> service;  // a ClusterIP Service of the service's name
  std::optional<PodCores> cores;       // of pod_template; absent: not all of its containers declare any

  friend bool operator==(const OwnedWorkload&, const OwnedWorkload&) = default;
};

// spec.targetRef: something of the same namespace that exists already and has a /scale subresource.
struct TargetRef {
  std::string api_version;  // "apps/v1"
  std::string kind;         // "Deployment"
  std::string name;

  friend bool operator==(const TargetRef&, const TargetRef&) = default;
};

// 1 <= min <= max <= 10,000.
struct ReplicaBounds {
  int min = 1;
  int max = 1;

  friend bool operator==(const ReplicaBounds&, const ReplicaBounds&) = default;
};

inline constexpr milliseconds kDefaultScaleDownWindow = std::chrono::minutes(5);

// spec.autoscaling.hpaRef, scaledObjectRef: an autoscaler of somebody else, of the same namespace, that scales the
// workload already. Only its minimum becomes ours.
struct AdoptedAutoscaler {
  enum class Kind { kHorizontalPodAutoscaler, kScaledObject };
  Kind kind = Kind::kHorizontalPodAutoscaler;
  std::string name;

  friend bool operator==(const AdoptedAutoscaler&, const AdoptedAutoscaler&) = default;
};
std::string_view ToString(AdoptedAutoscaler::Kind kind);  // as in a manifest

// The annotation controller.kubernetes.io/pod-deletion-cost, by the requests that each pod has in work.
struct PodDeletionCost {
  // PromQL on the server of `demand`: a series for each pod, named by the label "pod"; placeholders as in DemandSpec.
  std::string query;

  friend bool operator==(const PodDeletionCost&, const PodDeletionCost&) = default;
};

// The HorizontalPodAutoscaler that the operator owns, or one that it adopts.
struct AutoscalingSpec {
  std::optional<AdoptedAutoscaler> adopted;  // with it, metrics and behavior are absent: they are its owner's
  JsonText metrics;                          // a list of autoscaling/v2 MetricSpec; absent: the renderer's default
  JsonText behavior;  // autoscaling/v2 HorizontalPodAutoscalerBehavior; absent: the renderer's default
  // behavior.scaleDown.stabilizationWindowSeconds, read here because the release of a floor follows the same window.
  milliseconds scale_down_window = kDefaultScaleDownWindow;
  std::optional<PodDeletionCost> pod_deletion_cost;  // absent: pods are not touched; with it, there is a `demand`

  friend bool operator==(const AutoscalingSpec&, const AutoscalingSpec&) = default;
};

enum class Preset { kDeepSeek, kVllm, kSglang };
std::string_view ToString(Preset preset);

// The two units that the capacity formula knows; any other text is a unit of the person's own, for use with perReplica
// and learned.
inline constexpr std::string_view kRequestsPerSecond = "requests/s";
inline constexpr std::string_view kInFlight = "in flight";

struct DemandSpec {
  std::optional<Preset> preset;  // exactly one of preset and query
  std::string query;             // PromQL; {{namespace}} and {{name}} stand for the service's own: see ExpandQuery
  std::string unit;              // the preset's, or what the query counts
  std::string prometheus = "default";  // a server that the administrator has named

  friend bool operator==(const DemandSpec&, const DemandSpec&) = default;
};

// What one ready replica carries, in the unit of demand, and how much of that to plan with.
struct PerReplicaCapacity {
  double per_replica = 0;  // > 0
  int target_utilization_percent = 75;

  friend bool operator==(const PerReplicaCapacity&, const PerReplicaCapacity&) = default;
};

// The same from first principles; see capacity/formula.h. The safety factor is its headroom. What is absent is
// measured: decide/formula_figures.h.
struct CapacityFormula {
  std::optional<double> cores;                        // > 0
  double concurrency_per_core = 0;                    // requests in work at once on one core; > 0
  std::optional<milliseconds> average_response_time;  // > 0; absent with a demand preset only
  double safety_factor = 1.5;                         // >= 1

  friend bool operator==(const CapacityFormula&, const CapacityFormula&) = default;
};

// The same from what has been carried without errors and queues, within bounds: see decide/learned_capacity.h.
struct LearnedCapacity {
  double min = 0;  // 0 < min <= max
  double max = 0;
  int target_utilization_percent = 75;

  friend bool operator==(const LearnedCapacity&, const LearnedCapacity&) = default;
};

using CapacitySpec = std::variant<PerReplicaCapacity, CapacityFormula, LearnedCapacity>;

enum class PredictionMode { kOff, kShadow, kActive };
std::string_view ToString(PredictionMode mode);

// An event that the calendar knows and the history does not: start <= t < end.
struct OneOffSpec {
  WallTime start{};
  WallTime end{};

  friend bool operator==(const OneOffSpec&, const OneOffSpec&) = default;
};
struct RecurringSpec {
  std::string schedule;   // five fields, as a CronJob's
  std::string time_zone;  // that the schedule is read in; a name of the IANA database
  milliseconds duration{0};

  friend bool operator==(const RecurringSpec&, const RecurringSpec&) = default;
};
// Its schedule and its zone are judged where they are used: calendar/event.h.
struct EventSpec {
  std::string name;
  std::variant<OneOffSpec, RecurringSpec> when;
  double multiplier = 1;  // of the demand that the forecast expects without it; > 0
  int min_replicas = 0;   // 0: none

  friend bool operator==(const EventSpec&, const EventSpec&) = default;
};

// How far a floor may move within any period of this length: by the larger of the two.
struct PaceLimit {
  int replicas = 0;
  int percent = 0;  // of the floor at the begin of the period, rounded up
  milliseconds period = std::chrono::minutes(1);

  friend bool operator==(const PaceLimit&, const PaceLimit&) = default;
};

struct PredictionSpec {
  PredictionMode mode = PredictionMode::kActive;
  // spec.prediction.model, "external/NAME": one that the administrator has named, heard beside the built-in forecast.
  std::optional<std::string> external_forecaster;
  double quantile = 0.9;                  // in (0, 1)
  std::optional<milliseconds> lead_time;  // absent: learned from the start-up times of the pods ("Auto")
  milliseconds history = std::chrono::days(28);
  std::vector<milliseconds> seasons;  // at most two, ascending; empty: a day and a week ("Auto")
  std::string time_zone = "UTC";      // of the seasons; a name of the IANA database
  std::vector<EventSpec> events;      // names are unique
  std::vector<int64_t> holidays;      // local days since 1970-01-01 that are like no other, ascending
  std::optional<PaceLimit> max_raise;
  PaceLimit max_release{.replicas = 1, .percent = 20};

  friend bool operator==(const PredictionSpec&, const PredictionSpec&) = default;
};

// A person's floor, which ends by itself.
struct OverrideSpec {
  int min_replicas = 0;
  WallTime until{};
  std::string reason;

  friend bool operator==(const OverrideSpec&, const OverrideSpec&) = default;
};

// What becomes of the Deployment, the HPA and the Service when the DeepSeekService is deleted.
enum class DeletionPolicy { kDelete, kRetain };
std::string_view ToString(DeletionPolicy policy);

// A PodDisruptionBudget for the pods of spec.template; at least one pod, or 1 %, so that it never blocks a drain.
struct DisruptionBudget {
  IntOrString max_unavailable;  // a number of pods, or "25%"

  friend bool operator==(const DisruptionBudget&, const DisruptionBudget&) = default;
};

// What reads the backend's own figures into Prometheus.
enum class BackendExporter { kMysql, kPostgres };
std::string_view ToString(BackendExporter exporter);  // as in a manifest

// A server that a service keeps connections to. Services of one namespace that name the same backend share it.
struct Backend {
  std::string name;
  int max_connections = 0;           // that the server accepts; 1 to 1,000,000
  int reserved = 5;                  // of them, for everybody else: 0 <= reserved < max_connections
  std::optional<int> share_percent;  // of the rest, for this pool; absent: by need. 1 to 100
  // A connection that has been idle for as long as this is closed by the server, or by what is in between.
  milliseconds idle_limit = std::chrono::hours(8);
  std::optional<BackendExporter> exporter;  // absent: nothing is read, max_connections is believed

  friend bool operator==(const Backend&, const Backend&) = default;
};

// Whose settings are rendered.
enum class PoolClient { kHikari, kOkHttp, kGrpc, kSqlAlchemy, kGoSql, kGeneric };
std::string_view ToString(PoolClient client);  // as in a manifest

// Connections that one replica may open, all of its processes together. 1 <= min <= max <= 100,000.
struct PoolBounds {
  int min = 1;
  int max = 100;

  friend bool operator==(const PoolBounds&, const PoolBounds&) = default;
};

// The connections of every replica to one backend.
struct ConnectionPool {
  std::string name;  // unique within the service; a DNS label that starts with a letter
  Backend backend;
  int processes_per_replica = 1;  // each has a pool of its own; <= per_replica.min
  PoolBounds per_replica;
  milliseconds hold_time{0};  // how long a request holds a connection; > 0
  PoolClient client = PoolClient::kGeneric;
  std::string env_prefix;  // of the environment variables: "ORDERS_DB_"; of two pools neither begins the other

  friend bool operator==(const ConnectionPool&, const ConnectionPool&) = default;
};

inline constexpr size_t kMaxConnectionPools = 8;

struct ServiceSpec {
  std::variant<OwnedWorkload, TargetRef> workload;
  ReplicaBounds replicas;
  AutoscalingSpec autoscaling;
  std::optional<DemandSpec> demand;      // absent: no floor, the HPA alone
  std::optional<CapacitySpec> capacity;  // there whenever `demand` is
  PredictionSpec prediction;
  std::optional<OverrideSpec> override_floor;  // spec.override
  DeletionPolicy deletion_policy = DeletionPolicy::kDelete;
  std::optional<DisruptionBudget> disruption_budget;
  std::vector<ConnectionPool> connection_pools;  // at most kMaxConnectionPools
  bool istio = false;                            // a DestinationRule for the Service; only where there is one

  friend bool operator==(const ServiceSpec&, const ServiceSpec&) = default;
};

}  // namespace dso::api
