#include "controller/service_figures.h"

#include <fmt/format.h>

#include <algorithm>

namespace dso::controller {
namespace {

using telemetry::ServiceFigures;

// As in kube-state-metrics.
std::string StatusLabel(api::ConditionStatus status) {
  switch (status) {
    case api::ConditionStatus::kTrue: return "true";
    case api::ConditionStatus::kFalse: return "false";
    case api::ConditionStatus::kUnknown: break;
  }
  return "unknown";
}

int HighestFloor(const api::ServiceSpec& spec, const ServiceRecord& record) {
  int most = spec.replicas.max;
  if (const auto adopted = record.AdoptedMaximum()) most = std::min(most, *adopted);
  if (!spec.connection_pools.empty() && record.pools.plan) most = std::min(most, record.pools.plan->max_replicas);
  return most;
}

ServiceFigures::Info InfoOf(const api::ServiceSpec& spec, const api::ServiceStatus& status) {
  return {.mode = std::string(ToString(spec.prediction.mode)),
          .demand_source = status.demand ? status.demand->source : "",
          .capacity_source = status.capacity ? status.capacity->source : "",
          .lead_time_source = status.lead_time ? status.lead_time->source : ""};
}

ServiceFigures::Demand DemandOf(const api::DemandSpec& demand, const ServiceRecord& record) {
  ServiceFigures::Demand figures{.unit = demand.unit};
  if (record.reading && !record.reading->IsMissing()) figures.value = record.asked.value;
  if (record.capacity) figures.capacity_per_replica = record.capacity->per_replica;
  return figures;
}

std::optional<ServiceFigures::Forecast> ForecastOf(const api::PredictionSpec& prediction, const ServiceRecord& record) {
  if (record.forecast.state != decide::Forecast::State::kReady || !record.learner) return std::nullopt;
  const auto learned = record.learner->forecaster().status();
  return ServiceFigures::Forecast{.quantile = fmt::format("{}", prediction.quantile),
                                  .demand = record.forecast.quantile,
                                  .expected = record.forecast.expected,
                                  .error_ratio = learned.wape,
                                  .coverage_ratio = learned.coverage,
                                  .coverage_target_ratio = prediction.quantile};
}

std::optional<ServiceFigures::ExternalForecast> ExternalForecastOf(const api::PredictionSpec& prediction,
                                                                   const ServiceRecord& record) {
  if (!record.external_say) return std::nullopt;
  const ExternalSay& say = *record.external_say;
  return ServiceFigures::ExternalForecast{.forecaster = say.forecaster,
                                          .quantile = fmt::format("{}", prediction.quantile),
                                          .heeded = say.heeded,
                                          .demand = say.quantile,
                                          .expected = say.expected,
                                          .error_ratio = say.error_ratio,
                                          .coverage_ratio = say.coverage_ratio};
}

std::optional<ServiceFigures::Score> ScoreOf(const ServiceRecord& record, WallTime now) {
  if (!record.learner || record.learner->score() == nullptr) return std::nullopt;
  const sim::Score::Summary score = record.learner->score()->Last7Days(now);
  if (!(score.demand > 0)) return std::nullopt;
  constexpr double kSecondsPerHour = 3600;
  return ServiceFigures::Score{.lost_demand_ratio_with = score.lost_with / score.demand,
                               .lost_demand_ratio_without = score.lost_alone / score.demand,
                               .replica_seconds_with = score.replica_hours_with * kSecondsPerHour,
                               .replica_seconds_without = score.replica_hours_alone * kSecondsPerHour};
}

void AddPools(const api::ServiceStatus& status, ServiceFigures& figures) {
  for (const api::PoolStatus& pool : status.connection_pools) {
    figures.pools.push_back({.name = pool.name,
                             .backend = pool.backend,
                             .size = pool.per_replica,
                             .planned = pool.worst_case_total,
                             .granted = pool.limit});
    if (pool.in_use || pool.server_limit) {
      figures.backends[pool.backend] = {.connections_used = pool.in_use, .connections_limit = pool.server_limit};
    }
  }
}

void AddDecision(const api::PredictionSpec& prediction, const decide::Decision& decision, ServiceFigures& figures) {
  figures.hpa_min_replicas = decision.hpa_min_replicas;
  if (prediction.mode == api::PredictionMode::kActive) figures.floor_replicas = decision.floor;
  if (prediction.mode == api::PredictionMode::kShadow) figures.shadow_floor_replicas = decision.floor;
  figures.floor_reason = ToString(decision.reason);
}

}  // namespace

ServiceFigures ServiceFiguresOf(const CachedService& cached, const ServiceRecord& record,
                                const api::ServiceStatus& status, WallTime now) {
  ServiceFigures figures;
  figures.replicas = status.replicas;
  figures.ready_replicas = status.ready_replicas;
  for (const api::Condition& condition : status.conditions) {
    figures.conditions.emplace(condition.type, StatusLabel(condition.status));
  }
  if (!cached.service.spec) return figures;

  const api::ServiceSpec& spec = *cached.service.spec;
  figures.info = InfoOf(spec, status);
  figures.min_replicas = spec.replicas.min;
  figures.max_replicas = HighestFloor(spec, record);
  figures.override_active = spec.override_floor && now < spec.override_floor->until;
  AddPools(status, figures);
  if (record.decision) AddDecision(spec.prediction, *record.decision, figures);
  if (!record.learned_for) return figures;  // nothing is predicted

  figures.demand = DemandOf(*spec.demand, record);
  figures.forecast = ForecastOf(spec.prediction, record);
  figures.external_forecast = ExternalForecastOf(spec.prediction, record);
  figures.score = ScoreOf(record, now);
  if (record.look_ahead.lead > milliseconds(0)) {
    figures.lead_time_seconds = std::chrono::duration<double>(record.look_ahead.lead).count();
  }
  return figures;
}

}  // namespace dso::controller
