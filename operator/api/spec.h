// What a person declares: the spec of a DeepSeekService after defaults and validation. Plain values, no behaviour.
//
// The types rule out what the CRD forbids (a template *and* a targetRef, a formula *and* a perReplica), so that the
// code behind them never asks. crds/deepseek-operator.dev_deepseekservices.yaml is the same thing for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/json_text.h"
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

// The HorizontalPodAutoscaler that the operator owns.
struct AutoscalingSpec {
  JsonText metrics;   // a list of autoscaling/v2 MetricSpec; absent: the renderer's default
  JsonText behavior;  // autoscaling/v2 HorizontalPodAutoscalerBehavior; absent: the renderer's default
  // behavior.scaleDown.stabilizationWindowSeconds, read here because the release of a floor follows the same window.
  milliseconds scale_down_window = kDefaultScaleDownWindow;

  friend bool operator==(const AutoscalingSpec&, const AutoscalingSpec&) = default;
};

enum class Preset { kDeepSeek, kVllm, kSglang };
std::string_view ToString(Preset preset);

// The two units that the capacity formula knows; any other text is a unit of the person's own, for use with perReplica.
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

// The same from first principles; see capacity/formula.h. The safety factor is its headroom.
struct CapacityFormula {
  double cores = 0;                 // > 0
  double concurrency_per_core = 0;  // requests in work at once on one core; > 0
  milliseconds average_response_time{0};
  double safety_factor = 1.5;  // >= 1

  friend bool operator==(const CapacityFormula&, const CapacityFormula&) = default;
};

using CapacitySpec = std::variant<PerReplicaCapacity, CapacityFormula>;

enum class PredictionMode { kOff, kShadow, kActive };
std::string_view ToString(PredictionMode mode);

struct PredictionSpec {
  PredictionMode mode = PredictionMode::kActive;
  double quantile = 0.9;  // in (0, 1)
  milliseconds lead_time = std::chrono::minutes(5);
  milliseconds history = std::chrono::days(28);
  std::vector<milliseconds> seasons;  // at most two, ascending; empty: a day and a week ("Auto")
  std::string time_zone = "UTC";      // of the seasons; a name of the IANA database

  friend bool operator==(const PredictionSpec&, const PredictionSpec&) = default;
};

struct ServiceSpec {
  std::variant<OwnedWorkload, TargetRef> workload;
  ReplicaBounds replicas;
  AutoscalingSpec autoscaling;
  std::optional<DemandSpec> demand;      // absent: no floor, the HPA alone
  std::optional<CapacitySpec> capacity;  // there whenever `demand` is
  PredictionSpec prediction;

  friend bool operator==(const ServiceSpec&, const ServiceSpec&) = default;
};

}  // namespace dso::api
