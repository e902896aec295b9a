// Conditions of a DeepSeekService, shaped and kept as metav1.Condition asks.
// All functions are pure; not thread-safe on one list.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace dso::api {

// Workload, HPA and floor are as declared: what `kubectl wait --for=condition=Ready` waits for.
inline constexpr std::string_view kReady = "Ready";
// The spec is valid, its target exists and nobody else scales it.
inline constexpr std::string_view kAccepted = "Accepted";
// Prometheus answers with a fresh figure for the demand.
inline constexpr std::string_view kDemandAvailable = "DemandAvailable";
// What spec.capacity.formula leaves out has been measured; only where it leaves something out.
inline constexpr std::string_view kCapacityKnown = "CapacityKnown";
// There is history enough for a forecast.
inline constexpr std::string_view kForecastReady = "ForecastReady";
// The external forecaster that spec.prediction.model names takes part in decisions; only where one is named.
inline constexpr std::string_view kExternalForecasterAvailable = "ExternalForecasterAvailable";
// The lead time is what new pods really take: they have readiness probes.
inline constexpr std::string_view kLeadTimeReliable = "LeadTimeReliable";
// The events of spec.prediction.events can be kept: their schedules fire and end, their time zones exist.
inline constexpr std::string_view kEventsScheduled = "EventsScheduled";
// The HPA can read its metrics; mirrors the HPA's own ScalingActive. The floor works without.
inline constexpr std::string_view kAutoscalerActive = "AutoscalerActive";
// The HPA carries the floor that was decided.
inline constexpr std::string_view kFloorApplied = "FloorApplied";
// The pods have the disruption budget that spec.podDisruptionBudget declares; absent where none is declared.
inline constexpr std::string_view kDisruptionBudget = "DisruptionBudget";
// The pods carry deletion costs by what they have in work; only with spec.autoscaling.podDeletionCost.
inline constexpr std::string_view kDeletionCostsApplied = "DeletionCostsApplied";
// The connections of all pods at worst fit into what their backends accept; only with spec.connectionPools.
inline constexpr std::string_view kPoolsWithinBudget = "PoolsWithinBudget";
// The backends have room now, by their own figures; only where a pool names an exporter.
inline constexpr std::string_view kBackendsHaveRoom = "BackendsHaveRoom";
// The Service has the DestinationRule that spec.istio declares.
inline constexpr std::string_view kDestinationRuleApplied = "DestinationRuleApplied";

enum class ConditionStatus { kUnknown, kTrue, kFalse };
std::string_view ToString(ConditionStatus status);

struct Condition {
  std::string type;
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;   // one CamelCase word for programs
  std::string message;  // a sentence for people that says what to do next; no figures that change all the time
  int64_t observed_generation = 0;
  WallTime last_transition_time{};  // when `status` last changed; whole seconds, as metav1.Time keeps no more

  friend bool operator==(const Condition&, const Condition&) = default;
};

// Limits of metav1.Condition, which the API server enforces: one bad condition would lose the whole status.
inline constexpr size_t kMaxReasonLength = 1024;
inline constexpr size_t kMaxMessageLength = 32768;

// Adds the condition or changes it in place. lastTransitionTime moves only with the status. A reason is made to match
// metav1.Condition's pattern ("not found" becomes "not_found", nothing becomes "Unspecified"); a message is cut at
// kMaxMessageLength bytes, between characters. True if anything a reader can see has changed.
bool SetCondition(std::vector<Condition>& conditions, std::string_view type, ConditionStatus status,
                  std::string_view reason, std::string_view message, int64_t observed_generation, WallTime now);

// nullptr if there is none.
const Condition* FindCondition(const std::vector<Condition>& conditions, std::string_view type);
// False if there is none.
bool IsTrue(const std::vector<Condition>& conditions, std::string_view type);
// True if there was one.
bool RemoveCondition(std::vector<Condition>& conditions, std::string_view type);

}  // namespace dso::api
