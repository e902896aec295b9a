#include "controller/service_view.h"

#include <fmt/format.h>

#include <algorithm>

namespace dso::controller {
namespace {

std::optional<int> OverrideOf(const api::ServiceSpec& spec, WallTime now) {
  if (!spec.override_floor || now >= spec.override_floor->until) return std::nullopt;
  return spec.override_floor->min_replicas;
}

// One for each step to the end of the horizon, which is one of them.
std::vector<WallTime> MomentsOf(const rpc::PathQuery& query, WallTime now) {
  std::vector<WallTime> moments;
  const milliseconds step =
      std::max(rpc::StepOf(query.horizon, query.step), query.horizon / static_cast<int64_t>(rpc::kMostPathPoints));
  for (milliseconds ahead = step; ahead < query.horizon && moments.size() + 1 < rpc::kMostPathPoints; ahead += step) {
    moments.push_back(now + ahead);
  }
  moments.push_back(now + query.horizon);
  return moments;
}

}  // namespace

rpc::ServiceView ServiceViewOf(const CachedService& cached, const ServiceRecord& record,
                               std::shared_ptr<const api::ServiceStatus> status, bool leads, WallTime now) {
  rpc::ServiceView view{.ns = cached.service.meta.namespace_name,
                        .name = cached.service.meta.name,
                        .looked_at = now,
                        .leads = leads,
                        .status = std::move(status)};
  if (!cached.service.spec) return view;
  const api::ServiceSpec& spec = *cached.service.spec;
  view.mode = spec.prediction.mode;
  view.quantile = spec.prediction.quantile;
  view.replicas = spec.replicas;
  view.override_floor = OverrideOf(spec, now);
  view.decision = record.decision;
  view.made_from = record.decided_on;
  return view;
}

Result<rpc::ForecastPath> ForecastPathOf(const CachedService& cached, const ServiceRecord& record, rpc::PathQuery query,
                                         WallTime now) {
  const auto none = [&](const std::string& why) {
    return Error{ErrorCode::kUnavailable, fmt::format("{}/{} has no forecast: {}", cached.service.meta.namespace_name,
                                                      cached.service.meta.name, why)};
  };
  if (!cached.service.spec) return none("its spec is invalid: " + cached.service.spec.error().message);
  if (!record.learned_for) return none("it declares no demand, or spec.prediction.mode is Off");
  if (!record.learner) {
    return none(record.history_problem.empty() ? "its history is still being read" : record.history_problem);
  }
  const api::ServiceSpec& spec = *cached.service.spec;
  const forecast::Forecaster& forecaster = record.learner->forecaster();
  const auto learned = forecaster.status();
  if (query.horizon <= milliseconds(0)) query.horizon = record.look_ahead.lead;
  if (query.quantiles.empty()) query.quantiles = {spec.prediction.quantile};
  const std::vector<WallTime> moments = MomentsOf(query, now);
  const auto path = forecaster.ForecastPath(moments, query.quantiles);
  if (!path) return none(learned.reason);

  rpc::ForecastPath told{.unit = spec.demand->unit,
                         .model = learned.model,
                         .issued_at = now,
                         .newest_sample_at = forecaster.newest(),
                         .lead = record.look_ahead.lead,
                         .quantiles = query.quantiles,
                         .error_ratio = learned.wape,
                         .coverage_ratio = learned.coverage,
                         .coverage_target_ratio = spec.prediction.quantile};
  const size_t width = query.quantiles.size();
  for (size_t i = 0; i < moments.size(); ++i) {
    const double events = record.events.calendar.MultiplierAt(moments[i]);
    rpc::PathPoint point{.at = moments[i], .expected = path->expected[i] * events};
    for (size_t k = 0; k < width; ++k) point.values.push_back(path->quantiles[i * width + k] * events);
    told.points.push_back(std::move(point));
  }
  return told;
}

}  // namespace dso::controller
