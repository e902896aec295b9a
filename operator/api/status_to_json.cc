#include <cmath>
#include <nlohmann/json.hpp>

#include "api/status_json.h"
#include "base/decimal.h"

namespace dso::api {

using nlohmann::json;

namespace {

void PutDecimal(json& object, const char* name, double value) {
  if (std::isfinite(value)) object[name] = FormatDecimal(value);
}

template <typename T>
void PutIf(json& object, const char* name, const std::optional<T>& value) {
  if (value) object[name] = *value;
}

void PutIf(json& object, const char* name, const std::optional<double>& value) {
  if (value) PutDecimal(object, name, *value);
}

void PutIf(json& object, const char* name, const std::optional<WallTime>& value) {
  if (value) object[name] = FormatTime(*value);
}

void PutIf(json& object, const char* name, const std::optional<milliseconds>& value) {
  if (value) object[name] = FormatDuration(*value);
}

json ToJson(const FloorStatus& floor) {
  json object{{"current", floor.current}, {"reason", floor.reason}};
  PutIf(object, "predicted", floor.predicted);
  PutIf(object, "reactive", floor.reactive);
  PutIf(object, "event", floor.event);
  PutIf(object, "since", floor.since);
  return object;
}

json ToJson(const DemandStatus& demand) {
  json object{{"unit", demand.unit}, {"source", demand.source}};
  PutDecimal(object, "current", demand.current);
  PutIf(object, "at", demand.at);
  return object;
}

json ToJson(const ForecastStatus& forecast) {
  json object{{"model", forecast.model}, {"history", FormatDuration(forecast.history)}};
  PutDecimal(object, "expected", forecast.expected);
  PutDecimal(object, "quantile", forecast.quantile);
  PutIf(object, "by", forecast.by);
  PutIf(object, "errorPercent", forecast.error_percent);
  PutIf(object, "coveragePercent", forecast.coverage_percent);
  if (forecast.next_peak_at && std::isfinite(forecast.next_peak)) {
    PutDecimal(object, "nextPeak", forecast.next_peak);
    PutIf(object, "nextPeakAt", forecast.next_peak_at);
  }
  return object;
}

json ToJson(const ExternalForecastStatus& external) {
  json object{{"forecaster", external.forecaster}};
  if (!external.model.empty()) object["model"] = external.model;
  PutIf(object, "expected", external.expected);
  PutIf(object, "quantile", external.quantile);
  PutIf(object, "errorPercent", external.error_percent);
  return object;
}

json ToJson(const CapacityStatus& capacity) {
  json object{{"source", capacity.source}};
  PutDecimal(object, "perReplica", capacity.per_replica);
  PutIf(object, "learned", capacity.learned);
  if (!capacity.evidence.empty()) object["evidence"] = capacity.evidence;
  PutIf(object, "cores", capacity.cores);
  if (!capacity.cores_from.empty()) object["coresFrom"] = capacity.cores_from;
  PutIf(object, "averageResponseTime", capacity.average_response_time);
  if (!capacity.average_response_time_from.empty()) {
    object["averageResponseTimeFrom"] = capacity.average_response_time_from;
  }
  return object;
}

json ToJson(const LeadTimeStatus& lead_time) {
  json object{
      {"current", FormatDuration(lead_time.current)}, {"source", lead_time.source}, {"batches", lead_time.batches}};
  PutIf(object, "startUpP90", lead_time.start_up_p90);
  PutIf(object, "schedulingP50", lead_time.scheduling_p50);
  PutIf(object, "pullingP50", lead_time.pulling_p50);
  PutIf(object, "readyingP50", lead_time.readying_p50);
  return object;
}

json ToJson(const ScoreStatus& score) {
  json object{{"text", score.text}, {"scored", FormatDuration(score.scored)}};
  PutDecimal(object, "avoidedLossPercent", score.avoided_loss_percent);
  PutDecimal(object, "extraCostPercent", score.extra_cost_percent);
  return object;
}

json ToJson(const PoolStatus& pool) {
  json object{{"name", pool.name},
              {"backend", pool.backend},
              {"perReplica", pool.per_replica},
              {"useful", pool.useful},
              {"worstCaseTotal", pool.worst_case_total},
              {"limit", pool.limit},
              {"note", pool.note}};
  PutIf(object, "inUse", pool.in_use);
  PutIf(object, "serverLimit", pool.server_limit);
  return object;
}

json ToJson(const PoolPodsStatus& pods) {
  json object{{"replicas", pods.replicas}, {"surge", pods.surge}, {"terminating", pods.terminating}};
  if (pods.seen_waves > 0) object["seenWaves"] = pods.seen_waves;
  return object;
}

json ToJson(const DecisionRecord& decision) {
  return {{"at", FormatTime(decision.at)},
          {"from", decision.from},
          {"to", decision.to},
          {"reason", decision.reason},
          {"text", decision.text}};
}

json ToJson(const Condition& condition) {
  return {{"type", condition.type},
          {"status", ToString(condition.status)},
          {"reason", condition.reason},
          {"message", condition.message},
          {"observedGeneration", condition.observed_generation},
          {"lastTransitionTime", FormatTime(condition.last_transition_time)}};
}

template <typename T>
json ListToJson(const std::vector<T>& items) {
  json list = json::array();
  for (const T& item : items) list.push_back(ToJson(item));
  return list;
}

}  // namespace

json ToJson(const ServiceStatus& status) {
  json object{{"observedGeneration", status.observed_generation},
              {"replicas", status.replicas},
              {"readyReplicas", status.ready_replicas},
              {"conditions", ListToJson(status.conditions)}};
  if (status.floor) object["floor"] = ToJson(*status.floor);
  if (!status.explanation.empty()) object["explanation"] = status.explanation;
  if (status.demand) object["demand"] = ToJson(*status.demand);
  if (status.forecast) object["forecast"] = ToJson(*status.forecast);
  if (status.external_forecast) object["forecast"]["external"] = ToJson(*status.external_forecast);
  if (status.capacity) object["capacity"] = ToJson(*status.capacity);
  if (status.lead_time) object["leadTime"] = ToJson(*status.lead_time);
  if (status.score) object["score"] = ToJson(*status.score);
  if (!status.connection_pools.empty()) object["connectionPools"] = ListToJson(status.connection_pools);
  if (status.pool_pods) object["poolPods"] = ToJson(*status.pool_pods);
  if (!status.pool_config_map.empty()) object["poolConfigMap"] = status.pool_config_map;
  if (!status.recent_decisions.empty()) object["recentDecisions"] = ListToJson(status.recent_decisions);
  return object;
}

}  // namespace dso::api
