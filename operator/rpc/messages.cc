#include "rpc/messages.h"

#include "rpc/timestamps.h"

namespace dso::rpc {
namespace {

namespace v1 = deepseek::forecast::v1;

std::string_view ToString(decide::Demand::State state) {
  switch (state) {
    case decide::Demand::State::kUnread: return "Unread";
    case decide::Demand::State::kKnown: return "Known";
    case decide::Demand::State::kMissing: break;
  }
  return "Missing";
}

std::string_view ToString(decide::Forecast::State state) {
  switch (state) {
    case decide::Forecast::State::kLoading: return "Loading";
    case decide::Forecast::State::kInsufficient: return "Insufficient";
    case decide::Forecast::State::kOutdated: return "Outdated";
    case decide::Forecast::State::kReady: break;
  }
  return "Ready";
}

void FillDecision(const ServiceView& view, v1::Decision& message) {
  const api::ServiceStatus& status = *view.status;
  if (status.floor) {
    if (status.floor->since) *message.mutable_since() = ToProto(*status.floor->since);
    if (status.floor->predicted) message.set_predicted(*status.floor->predicted);
    if (status.floor->reactive) message.set_reactive(*status.floor->reactive);
    if (status.floor->event) message.set_event(*status.floor->event);
  }
  if (view.override_floor) message.set_override(*view.override_floor);
  message.set_floor(view.Floor().value_or(0));
  if (view.leads && view.decision) {
    const decide::Decision& decision = *view.decision;
    message.set_hpa_min_replicas(decision.hpa_min_replicas);
    message.set_wanted(decision.wanted);
    message.set_reason(std::string(decide::ToString(decision.reason)));
    if (decision.hold != decide::Hold::kNone) message.set_hold(std::string(decide::ToString(decision.hold)));
    message.set_explanation(decision.explanation);
    return;
  }
  const bool active = view.mode == api::PredictionMode::kActive;
  message.set_hpa_min_replicas(active ? message.floor() : view.override_floor.value_or(view.replicas.min));
  message.set_wanted(std::max({message.predicted(), message.reactive(), message.event(), message.override()}));
  message.set_reason(status.floor->reason);
  message.set_explanation(status.explanation);
}

void FillDemand(const ServiceView& view, v1::Demand& message) {
  const api::ServiceStatus& status = *view.status;
  if (status.demand) {
    message.set_unit(status.demand->unit);
    message.set_source(status.demand->source);
    message.set_value(status.demand->current);
    if (status.demand->at) *message.mutable_at() = ToProto(*status.demand->at);
  }
  if (!view.made_from) return;
  const decide::Demand& demand = view.made_from->demand;
  message.set_state(std::string(ToString(demand.state)));
  message.set_at_least(demand.at_least);
  if (demand.state == decide::Demand::State::kKnown) message.set_value(demand.value);
  if (view.decision) message.set_reactive(view.decision->reactive_demand);
}

void FillAccuracy(std::optional<double> error_percent, std::optional<double> coverage_percent, double target,
                  v1::Accuracy& message) {
  if (error_percent) message.set_error_ratio(*error_percent / 100);
  if (coverage_percent) message.set_coverage_ratio(*coverage_percent / 100);
  message.set_coverage_target_ratio(target);
}

// The condition has whether it is heeded, and why.
void FillExternal(const api::ServiceStatus& status, v1::External& message) {
  message.set_forecaster(status.external_forecast->forecaster);
  message.set_model(status.external_forecast->model);
  if (const auto* condition = api::FindCondition(status.conditions, api::kExternalForecasterAvailable)) {
    message.set_heeded(condition->status == api::ConditionStatus::kTrue);
    message.set_reason(condition->reason);
  }
  if (const auto expected = status.external_forecast->expected) message.set_expected(*expected);
  if (const auto quantile = status.external_forecast->quantile) message.set_quantile(*quantile);
  if (const auto percent = status.external_forecast->error_percent) message.set_error_ratio(*percent / 100);
}

void FillForecast(const ServiceView& view, v1::Forecast& message) {
  message.set_quantile_level(view.quantile);
  if (const auto& told = view.status->forecast) {
    message.set_model(told->model);
    message.set_expected(told->expected);
    message.set_quantile(told->quantile);
    *message.mutable_history() = ToProto(told->history);
    FillAccuracy(told->error_percent, told->coverage_percent, view.quantile, *message.mutable_accuracy());
  }
  if (view.status->external_forecast) FillExternal(*view.status, *message.mutable_external());
  if (!view.made_from) return;
  const decide::Forecast& forecast = view.made_from->forecast;
  message.set_state(std::string(ToString(forecast.state)));
  if (forecast.state != decide::Forecast::State::kReady) return;
  message.set_expected(forecast.expected);
  message.set_quantile(forecast.quantile);
  message.set_slack_ratio(forecast.slack);
  *message.mutable_peak_at() = ToProto(forecast.peak_at);
}

void FillCapacity(const ServiceView& view, v1::Capacity& message) {
  if (const auto& told = view.status->capacity) {
    message.set_per_replica(told->per_replica);
    message.set_source(told->source);
  }
  if (!view.made_from || !view.made_from->capacity) return;
  message.set_per_replica(view.made_from->capacity->per_replica);
  message.set_at_quantile(view.made_from->capacity->at_quantile);
}

void FillLead(const ServiceView& view, v1::Lead& message) {
  if (const auto& told = view.status->lead_time) {
    *message.mutable_value() = ToProto(told->current);
    message.set_source(told->source);
  }
  if (!view.made_from) return;
  *message.mutable_value() = ToProto(view.made_from->look_ahead.lead);
  message.set_made_of(view.made_from->look_ahead.made_of);
}

void FillBounds(const ServiceView& view, v1::Bounds& message) {
  message.set_min(view.replicas.min);
  message.set_max(view.replicas.max);
  message.set_max_from("Spec");
  if (!view.made_from || !view.made_from->ceiling || view.made_from->ceiling->replicas >= view.replicas.max) return;
  const decide::Ceiling& ceiling = *view.made_from->ceiling;
  message.set_max(ceiling.replicas);
  message.set_max_from(ceiling.of == decide::Ceiling::Of::kBackends ? "Backends" : "AdoptedAutoscaler");
}

void FillEvents(const decide::EventsAhead& events, v1::Events& message) {
  message.set_multiplier(events.multiplier);
  message.set_multiplied_by(events.multiplied_by);
  message.set_min_replicas(events.min_replicas);
  message.set_raised_by(events.raised_by);
}

void FillSimulated(const sim::Service& service, v1::SimulatedService& message) {
  message.set_lost_ratio(service.lost_share);
  message.set_replica_hours(service.replica_hours);
  *message.mutable_busy() = ToProto(service.busy);
  *message.mutable_worst_busy() = ToProto(service.worst_busy);
  message.set_mean_utilization_ratio(service.mean_utilization);
  message.set_changes(static_cast<int64_t>(service.changes));
}

}  // namespace

void Fill(const ForecastPath& path, v1::GetForecastResponse& message) {
  message.set_unit(path.unit);
  message.set_model(path.model);
  *message.mutable_issued_at() = ToProto(path.issued_at);
  if (path.newest_sample_at) *message.mutable_newest_sample_at() = ToProto(*path.newest_sample_at);
  *message.mutable_lead() = ToProto(path.lead);
  message.mutable_quantiles()->Assign(path.quantiles.begin(), path.quantiles.end());
  message.mutable_path()->Reserve(static_cast<int>(path.points.size()));
  for (const PathPoint& point : path.points) {
    auto& told = *message.add_path();
    *told.mutable_at() = ToProto(point.at);
    told.set_expected(point.expected);
    told.mutable_values()->Assign(point.values.begin(), point.values.end());
  }
  auto& accuracy = *message.mutable_accuracy();
  if (path.error_ratio) accuracy.set_error_ratio(*path.error_ratio);
  if (path.coverage_ratio) accuracy.set_coverage_ratio(*path.coverage_ratio);
  accuracy.set_coverage_target_ratio(path.coverage_target_ratio);
}

void Fill(const ServiceView& view, v1::ExplainResponse& message) {
  const api::ServiceStatus& status = *view.status;
  message.set_namespace_(view.ns);
  message.set_service(view.name);
  message.set_mode(std::string(api::ToString(view.mode)));
  *message.mutable_looked_at() = ToProto(view.looked_at);
  message.set_leads(view.leads);
  if (view.Floor()) FillDecision(view, *message.mutable_decision());
  FillDemand(view, *message.mutable_demand());
  FillForecast(view, *message.mutable_forecast());
  FillCapacity(view, *message.mutable_capacity());
  FillLead(view, *message.mutable_lead());
  FillEvents(view.made_from ? view.made_from->events : decide::EventsAhead(), *message.mutable_events());
  FillBounds(view, *message.mutable_bounds());
  auto& pods = *message.mutable_pods();
  pods.set_replicas(status.replicas);
  pods.set_ready(status.ready_replicas);
  if (view.made_from) {
    pods.set_on_their_way(view.made_from->pods_on_their_way);
    if (view.made_from->standing) message.set_standing(*view.made_from->standing);
  }
  for (const api::Condition& condition : status.conditions) {
    auto& told = *message.add_conditions();
    told.set_type(condition.type);
    told.set_status(std::string(api::ToString(condition.status)));
    told.set_reason(condition.reason);
    told.set_message(condition.message);
    *told.mutable_last_transition_at() = ToProto(condition.last_transition_time);
  }
  for (const api::DecisionRecord& change : status.recent_decisions) {
    auto& told = *message.add_recent_changes();
    *told.mutable_at() = ToProto(change.at);
    told.set_from(change.from);
    told.set_to(change.to);
    told.set_reason(change.reason);
    told.set_explanation(change.text);
  }
}

void Fill(const ServiceView& view, v1::ServiceSummary& message) {
  const api::ServiceStatus& status = *view.status;
  message.set_namespace_(view.ns);
  message.set_service(view.name);
  message.set_mode(std::string(api::ToString(view.mode)));
  if (view.Floor()) message.set_floor(*view.Floor());
  message.set_replicas(status.replicas);
  message.set_ready_replicas(status.ready_replicas);
  if (status.floor) message.set_reason(status.floor->reason);
  if (status.demand) {
    message.set_unit(status.demand->unit);
    message.set_demand(status.demand->current);
  }
  if (status.forecast) message.set_forecast(status.forecast->quantile);
  message.set_ready("Unknown");
  for (const api::Condition& condition : status.conditions) {
    if (condition.type == api::kReady) message.set_ready(std::string(api::ToString(condition.status)));
  }
}

void FillCurrent(const ServiceView& view, v1::DecisionEvent& message) {
  message.set_namespace_(view.ns);
  message.set_service(view.name);
  *message.mutable_at() = ToProto(view.looked_at);
  message.set_to(view.Floor().value_or(0));
  const bool decides = view.leads && view.decision;
  if (decides) message.set_reason(std::string(decide::ToString(view.decision->reason)));
  if (!decides && view.status->floor) message.set_reason(view.status->floor->reason);
  message.set_explanation(decides ? view.decision->explanation : view.status->explanation);
}

void Fill(const sim::BacktestResult& result, v1::SimulationResult& message) {
  *message.mutable_from() = ToProto(result.from);
  *message.mutable_judged_from() = ToProto(result.judged_from);
  *message.mutable_to() = ToProto(result.to);
  message.set_samples(static_cast<int64_t>(result.samples));
  message.set_model(result.model);
  *message.mutable_lead() = ToProto(result.options.lead);
  message.set_capacity_per_replica(result.options.capacity_per_replica);
  FillSimulated(result.alone, *message.mutable_alone());
  FillSimulated(result.with_floor, *message.mutable_with_floor());
  auto& accuracy = *message.mutable_accuracy();
  accuracy.set_forecasts(static_cast<int64_t>(result.accuracy.forecasts));
  accuracy.set_error_ratio(result.accuracy.wape);
  accuracy.set_last_value_error_ratio(result.accuracy.wape_last_value);
  accuracy.set_seasonal_naive_error_ratio(result.accuracy.wape_seasonal_naive);
  accuracy.set_coverage_ratio(result.accuracy.coverage);
  accuracy.set_coverage_of_peak_ratio(result.accuracy.coverage_of_peak);
  accuracy.set_coverage_in_rises_ratio(result.accuracy.coverage_in_rises);
  if (result.frontier.empty()) return;
  message.set_recommendation(result.recommendation);
  auto& recommended = *message.mutable_recommended();
  recommended.set_hpa_target(result.recommended.policy.hpa_target);
  recommended.set_floor_target(result.recommended.policy.floor_target);
  recommended.set_quantile(result.recommended.policy.quantile);
}

}  // namespace dso::rpc
