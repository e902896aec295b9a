#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "api/json_member.h"
#include "api/spec.h"
#include "api/status_json.h"
#include "base/decimal.h"

namespace dso::api {

using nlohmann::json;

namespace {

// Each reader leaves its target alone unless it finds something that makes sense.

bool Get(const json& object, const char* name, std::string& out) {
  const json* value = Member(&object, name);
  if (value == nullptr || !value->is_string()) return false;
  out = value->get_ref<const std::string&>();
  return true;
}

// Counts and generations: never negative.
template <typename Int>
requires std::is_integral_v<Int>
bool Get(const json& object, const char* name, Int& out) {
  const json* value = Member(&object, name);
  if (value == nullptr || !value->is_number_integer()) return false;
  if (!value->is_number_unsigned() && value->get<int64_t>() < 0) return false;
  if (value->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<Int>::max())) return false;
  out = value->get<Int>();
  return true;
}

bool Get(const json& object, const char* name, double& out) {
  std::string text;
  if (!Get(object, name, text)) return false;
  const auto value = ParseDecimal(text);
  if (!value) return false;
  out = *value;
  return true;
}

bool Get(const json& object, const char* name, WallTime& out) {
  std::string text;
  if (!Get(object, name, text)) return false;
  const auto value = ParseTime(text);
  if (!value) return false;
  out = *value;
  return true;
}

bool Get(const json& object, const char* name, milliseconds& out) {
  std::string text;
  if (!Get(object, name, text)) return false;
  const auto value = ParseDuration(text);
  if (!value) return false;
  out = *value;
  return true;
}

bool Get(const json& object, const char* name, ConditionStatus& out) {
  std::string text;
  Get(object, name, text);
  for (const auto status : {ConditionStatus::kUnknown, ConditionStatus::kTrue, ConditionStatus::kFalse}) {
    if (text != ToString(status)) continue;
    out = status;
    return true;
  }
  return false;
}

template <typename T>
void Get(const json& object, const char* name, std::optional<T>& out) {
  T value{};
  if (Get(object, name, value)) out = value;
}

// A floor without a count is no floor: the warm start must not lower anything to 0.
std::optional<FloorStatus> FloorFromJson(const json& status) {
  const json* object = Member(&status, "floor");
  FloorStatus floor;
  if (object == nullptr || !Get(*object, "current", floor.current)) return std::nullopt;
  Get(*object, "predicted", floor.predicted);
  Get(*object, "reactive", floor.reactive);
  Get(*object, "event", floor.event);
  Get(*object, "reason", floor.reason);
  Get(*object, "since", floor.since);
  return floor;
}

std::optional<DemandStatus> DemandFromJson(const json& status) {
  const json* object = Member(&status, "demand");
  DemandStatus demand;
  if (object == nullptr || !Get(*object, "current", demand.current)) return std::nullopt;
  Get(*object, "unit", demand.unit);
  Get(*object, "at", demand.at);
  Get(*object, "source", demand.source);
  return demand;
}

std::optional<ForecastStatus> ForecastFromJson(const json& status) {
  const json* object = Member(&status, "forecast");
  ForecastStatus forecast;
  if (object == nullptr || !Get(*object, "quantile", forecast.quantile)) return std::nullopt;
  Get(*object, "model", forecast.model);
  Get(*object, "expected", forecast.expected);
  Get(*object, "by", forecast.by);
  Get(*object, "errorPercent", forecast.error_percent);
  Get(*object, "coveragePercent", forecast.coverage_percent);
  Get(*object, "history", forecast.history);
  if (Get(*object, "nextPeak", forecast.next_peak)) Get(*object, "nextPeakAt", forecast.next_peak_at);
  if (!forecast.next_peak_at) forecast.next_peak = 0;  // a peak without its time is none
  return forecast;
}

std::optional<ExternalForecastStatus> ExternalForecastFromJson(const json& status) {
  const json* forecast = Member(&status, "forecast");
  const json* object = forecast == nullptr ? nullptr : Member(forecast, "external");
  ExternalForecastStatus external;
  if (object == nullptr || !Get(*object, "forecaster", external.forecaster)) return std::nullopt;
  Get(*object, "model", external.model);
  Get(*object, "expected", external.expected);
  Get(*object, "quantile", external.quantile);
  Get(*object, "errorPercent", external.error_percent);
  return external;
}

std::optional<CapacityStatus> CapacityFromJson(const json& status) {
  const json* object = Member(&status, "capacity");
  CapacityStatus capacity;
  if (object == nullptr || !Get(*object, "perReplica", capacity.per_replica)) return std::nullopt;
  Get(*object, "source", capacity.source);
  Get(*object, "learned", capacity.learned);
  Get(*object, "evidence", capacity.evidence);
  Get(*object, "cores", capacity.cores);
  Get(*object, "coresFrom", capacity.cores_from);
  Get(*object, "averageResponseTime", capacity.average_response_time);
  Get(*object, "averageResponseTimeFrom", capacity.average_response_time_from);
  return capacity;
}

std::optional<LeadTimeStatus> LeadTimeFromJson(const json& status) {
  const json* object = Member(&status, "leadTime");
  LeadTimeStatus lead_time;
  if (object == nullptr || !Get(*object, "current", lead_time.current)) return std::nullopt;
  Get(*object, "source", lead_time.source);
  Get(*object, "startUpP90", lead_time.start_up_p90);
  Get(*object, "batches", lead_time.batches);
  Get(*object, "schedulingP50", lead_time.scheduling_p50);
  Get(*object, "pullingP50", lead_time.pulling_p50);
  Get(*object, "readyingP50", lead_time.readying_p50);
  return lead_time;
}

std::optional<ScoreStatus> ScoreFromJson(const json& status) {
  const json* object = Member(&status, "score");
  ScoreStatus score;
  if (object == nullptr || !Get(*object, "text", score.text)) return std::nullopt;
  Get(*object, "avoidedLossPercent", score.avoided_loss_percent);
  Get(*object, "extraCostPercent", score.extra_cost_percent);
  Get(*object, "scored", score.scored);
  return score;
}

// A pool without perReplica is not one that carries none: nothing is known of it.
std::vector<PoolStatus> PoolsFromJson(const json& status) {
  std::vector<PoolStatus> pools;
  const json* list = Member(&status, "connectionPools");
  if (list == nullptr || !list->is_array()) return pools;
  for (const json& object : *list) {
    PoolStatus pool;
    if (pools.size() == kMaxConnectionPools) break;
    if (!Get(object, "name", pool.name) || !Get(object, "perReplica", pool.per_replica)) continue;
    const bool is_twice = std::any_of(pools.begin(), pools.end(), [&](const auto& p) { return p.name == pool.name; });
    if (is_twice) continue;  // `name` is the list's key
    Get(object, "backend", pool.backend);
    Get(object, "useful", pool.useful);
    Get(object, "worstCaseTotal", pool.worst_case_total);
    Get(object, "limit", pool.limit);
    Get(object, "note", pool.note);
    Get(object, "inUse", pool.in_use);
    Get(object, "serverLimit", pool.server_limit);
    pools.push_back(std::move(pool));
  }
  return pools;
}

std::optional<PoolPodsStatus> PoolPodsFromJson(const json& status) {
  const json* object = Member(&status, "poolPods");
  PoolPodsStatus pods;
  if (object == nullptr || !Get(*object, "replicas", pods.replicas)) return std::nullopt;
  Get(*object, "surge", pods.surge);
  Get(*object, "terminating", pods.terminating);
  Get(*object, "seenWaves", pods.seen_waves);
  return pods;
}

std::vector<DecisionRecord> DecisionsFromJson(const json& status) {
  std::vector<DecisionRecord> decisions;
  const json* list = Member(&status, "recentDecisions");
  if (list == nullptr || !list->is_array()) return decisions;
  for (const json& object : *list) {
    DecisionRecord decision;
    if (decisions.size() == kMaxRecentDecisions) break;
    if (!Get(object, "at", decision.at) || !Get(object, "from", decision.from) || !Get(object, "to", decision.to)) {
      continue;
    }
    Get(object, "reason", decision.reason);
    Get(object, "text", decision.text);
    decisions.push_back(std::move(decision));
  }
  return decisions;
}

std::vector<Condition> ConditionsFromJson(const json& status) {
  std::vector<Condition> conditions;
  const json* list = Member(&status, "conditions");
  if (list == nullptr || !list->is_array()) return conditions;
  for (const json& object : *list) {
    Condition condition;
    if (!Get(object, "type", condition.type) || !Get(object, "status", condition.status)) continue;
    if (FindCondition(conditions, condition.type) != nullptr) continue;  // `type` is the list's key
    Get(object, "reason", condition.reason);
    Get(object, "message", condition.message);
    Get(object, "observedGeneration", condition.observed_generation);
    Get(object, "lastTransitionTime", condition.last_transition_time);
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

}  // namespace

ServiceStatus StatusFromJson(const json& status) {
  ServiceStatus out;
  Get(status, "observedGeneration", out.observed_generation);
  Get(status, "replicas", out.replicas);
  Get(status, "readyReplicas", out.ready_replicas);
  out.floor = FloorFromJson(status);
  Get(status, "explanation", out.explanation);
  out.demand = DemandFromJson(status);
  out.forecast = ForecastFromJson(status);
  out.external_forecast = ExternalForecastFromJson(status);
  out.capacity = CapacityFromJson(status);
  out.lead_time = LeadTimeFromJson(status);
  out.score = ScoreFromJson(status);
  out.connection_pools = PoolsFromJson(status);
  out.pool_pods = PoolPodsFromJson(status);
  Get(status, "poolConfigMap", out.pool_config_map);
  out.recent_decisions = DecisionsFromJson(status);
  out.conditions = ConditionsFromJson(status);
  return out;
}

}  // namespace dso::api
