#include "controller/status_builder.h"

#include <fmt/format.h>

#include <cmath>

#include "controller/capacity_figures.h"
#include "controller/pool_report.h"
#include "controller/take_reading.h"
#include "sim/score_sentence.h"

namespace dso::controller {
namespace {

using api::ConditionStatus;

Verdict DemandVerdict(const ServiceRecord& record, WallTime now) {
  if (!record.reading) return Verdict::Unknown("Pending", "Prometheus has not been asked yet.");
  if (IsOutdated(record, now)) {
    return Verdict::False("Outdated",
                          "The last answer of Prometheus is too old; other queries may be taking too long.");
  }
  const prom::Reading& reading = *record.reading;
  if (reading.IsMissing()) return Verdict::False(std::string(ToString(reading.reason)), reading.message);
  if (reading.state == prom::Reading::State::kZero) {
    return Verdict::True("Zero", "The service is scraped and has not counted a request yet: the demand is zero.");
  }
  if (record.asked.censored) {
    return Verdict::True(
        "Saturated", "The replicas are full, so that more may be asked than is seen: the floor may rise, not fall.");
  }
  if (record.partial && reading.message.empty()) {
    return Verdict::True(
        "PartlyScraped",
        "Fewer targets are up than pods are ready, so that a part of the demand is not seen: the floor "
        "may rise, not fall. Look at the targets of the service in Prometheus.");
  }
  return reading.message.empty() ? Verdict::True("Fresh", "Prometheus has a fresh figure.")
                                 : Verdict::True(std::string(ToString(reading.reason)), reading.message);
}

Verdict ForecastVerdict(const ServiceRecord& record, WallTime) {
  if (record.learner == nullptr) {
    if (record.history_problem.empty()) {
      return Verdict::Unknown("ReadingHistory",
                              "The history is being read from Prometheus; the floor is not lowered meanwhile.");
    }
    return Verdict::False("HistoryUnavailable",
                          "The history cannot be read, the floor is not lowered meanwhile: " + record.history_problem);
  }
  if (record.clock_jumped_at && record.history != HistoryState::kLoaded) {
    return Verdict::Unknown("ClockJumped", "The clock of the operator's node has jumped; the history is read again.");
  }
  const auto status = record.learner->forecaster().status();
  if (!status.ready) return Verdict::False("InsufficientHistory", status.reason);
  if (!record.time_zone_problem.empty()) {
    return Verdict::False("UnknownTimeZone", record.time_zone_problem + "; seasons follow UTC meanwhile");
  }
  return Verdict::True("Forecasting", status.reason.empty() ? status.model : status.model + "; " + status.reason);
}

// Before the first look there is nothing to say.
Verdict ExternalVerdict(const ServiceRecord& record, WallTime) {
  return record.external_say ? record.external_say->verdict : Verdict();
}

Verdict LeadVerdict(const ServiceRecord& record, WallTime) {
  const decide::StartUpEstimate& start_up = record.start_up_estimate;
  if (!record.pods.empty() && !start_up.probed) {
    return Verdict::False("NoReadinessProbe",
                          "The pods have no readiness probe, so that they count as ready before they can serve: give "
                          "them one, or set spec.prediction.leadTime.");
  }
  if (start_up.source == decide::StartUpEstimate::Source::kPrior) {
    return Verdict::Unknown("Learning", "Fewer than three start-ups were seen yet; a usual one is assumed.");
  }
  return Verdict::True("Learned", "The lead time follows the start-ups of the service's own pods.");
}

Verdict EventsVerdict(const ServiceRecord& record, WallTime) {
  if (!record.events.problem.empty()) {
    return Verdict::False("InvalidEvent",
                          "spec.prediction.events: " + record.events.problem + " (the other events are kept)");
  }
  return Verdict::True("Scheduled", "All events can be kept.");
}

Verdict DeletionCostsVerdict(const ServiceRecord& record, WallTime) { return record.deletion_costs; }

// Whether the HPA itself can work: a missing metrics-server or missing CPU requests stop it, and only it says so.
Verdict AutoscalerVerdict(const LiveAutoscaler* autoscaler) {
  if (autoscaler == nullptr || autoscaler->scaling_active.empty())
    return Verdict::Unknown("Pending", "The HPA has not reported yet.");
  if (autoscaler->scaling_active == "True") return Verdict::True("ScalingActive", "The HPA reads its metrics.");
  return Verdict::False(autoscaler->scaling_reason,
                        autoscaler->scaling_message +
                            " (the floor works all the same; a CPU metric needs a metrics-server "
                            "and CPU requests on every container)");
}

Verdict ReadyVerdict(const ServiceRecord& record) {
  for (const Verdict* part : {&record.accepted, &record.workload, &record.floor_applied}) {
    if (part->status != ConditionStatus::kTrue) return *part;
  }
  return Verdict::True("AsDeclared", "Workload, autoscaler and floor are as declared.");
}

class ConditionWriter {
 public:
  ConditionWriter(std::vector<api::Condition>& conditions, int64_t generation, WallTime now)
      : conditions_(conditions), generation_(generation), now_(now) {}

  void Set(std::string_view type, const Verdict& verdict) {
    api::SetCondition(conditions_, type, verdict.status, verdict.reason, verdict.message, generation_, now_);
  }
  void SetOrRemove(std::string_view type, bool applies, Verdict (*judge)(const ServiceRecord&, WallTime),
                   const ServiceRecord& record) {
    SetOrRemove(type, applies ? std::optional(judge(record, now_)) : std::nullopt);
  }
  void SetOrRemove(std::string_view type, const std::optional<Verdict>& verdict) {
    if (verdict) {
      Set(type, *verdict);
    } else {
      api::RemoveCondition(conditions_, type);
    }
  }

 private:
  std::vector<api::Condition>& conditions_;
  int64_t generation_;
  WallTime now_;
};

std::string DemandSource(const api::DemandSpec& demand) {
  return demand.preset ? fmt::format("preset {}", ToString(*demand.preset)) : "query";
}

std::optional<api::ForecastStatus> ForecastOf(const ServiceRecord& record, WallTime now) {
  if (record.forecast.state != decide::Forecast::State::kReady || !record.learner) return std::nullopt;
  const forecast::Forecaster& forecaster = record.learner->forecaster();
  const auto learned = forecaster.status();
  // A learner that was not asked yet may know nothing: the forecast in the record is of the one before it.
  const auto next_peak = forecaster.HighestExpected(now, std::chrono::hours(24));
  if (!next_peak) return std::nullopt;
  const auto percent = [](std::optional<double> ratio) { return ratio ? std::optional(*ratio * 100) : std::nullopt; };
  return api::ForecastStatus{.model = learned.model,
                             .expected = record.forecast.expected,
                             .quantile = record.forecast.quantile,
                             .by = now + record.look_ahead.lead,
                             .error_percent = percent(learned.wape),
                             .coverage_percent = percent(learned.coverage),
                             .history = learned.history,
                             .next_peak_at = next_peak->at,
                             .next_peak = next_peak->value};
}

std::optional<api::ExternalForecastStatus> ExternalForecastOf(const ServiceRecord& record) {
  if (!record.external_say) return std::nullopt;
  const ExternalSay& say = *record.external_say;
  return api::ExternalForecastStatus{
      .forecaster = say.forecaster,
      .model = say.model,
      .expected = say.expected,
      .quantile = say.quantile,
      .error_percent = say.error_ratio ? std::optional(*say.error_ratio * 100) : std::nullopt};
}

std::optional<api::LeadTimeStatus> LeadTimeOf(const api::ServiceSpec& spec, const ServiceRecord& record) {
  const decide::StartUpEstimate& start_up = record.start_up_estimate;
  const bool learned = start_up.source == decide::StartUpEstimate::Source::kLearned;
  api::LeadTimeStatus status;
  status.current = record.look_ahead.lead;
  status.source = spec.prediction.lead_time ? "Spec" : learned ? "Learned" : "Prior";
  if (learned) status.start_up_p90 = start_up.p90;
  status.batches = start_up.batches;
  status.scheduling_p50 = start_up.scheduling_p50;
  status.pulling_p50 = start_up.pulling_p50;
  status.readying_p50 = start_up.readying_p50;
  return status;
}

std::optional<api::ScoreStatus> ScoreOf(const api::ServiceSpec& spec, const ServiceRecord& record, WallTime now) {
  if (!record.learner || record.learner->score() == nullptr) return std::nullopt;
  const sim::Score::Summary score = record.learner->score()->Last7Days(now);
  const bool shadow = spec.prediction.mode == api::PredictionMode::kShadow;
  const auto percent = [](double part, double whole) { return whole > 0 ? std::round(1000 * part / whole) / 10 : 0; };
  api::ScoreStatus status;
  status.text = sim::Sentence(score, spec.demand->unit, shadow);
  status.avoided_loss_percent = percent(score.lost_alone - score.lost_with, score.lost_alone);
  status.extra_cost_percent = percent(score.replica_hours_with - score.replica_hours_alone, score.replica_hours_alone);
  status.scored = score.scored;
  return status;
}

void ReportPools(const api::ServiceSpec& spec, const PoolRecord& pools, ConditionWriter& conditions,
                 api::ServiceStatus& status) {
  const bool declared = !spec.connection_pools.empty();
  conditions.SetOrRemove(api::kPoolsWithinBudget, declared ? std::optional(PoolsVerdict(spec, pools)) : std::nullopt);
  conditions.SetOrRemove(api::kBackendsHaveRoom,
                         HasExporter(spec) ? std::optional(BackendsVerdict(spec, pools)) : std::nullopt);
  status.pool_config_map = pools.config_map;
  // What cannot be planned now stays as it was.
  if (declared && !pools.plan) return;
  status.connection_pools = PoolStatuses(pools);
  status.pool_pods = PoolPods(pools);
}

}  // namespace

api::ServiceStatus BuildStatus(const CachedService& cached, const ServiceRecord& record,
                               const LiveAutoscaler* autoscaler, WallTime now) {
  api::ServiceStatus status = record.written;  // what cannot be known now stays as it was
  status.observed_generation = record.reconciled_generation;
  status.replicas = record.replicas;
  status.ready_replicas = record.ready_replicas;
  ConditionWriter conditions(status.conditions, record.reconciled_generation, now);
  conditions.Set(api::kReady, ReadyVerdict(record));
  conditions.Set(api::kAccepted, record.accepted);
  conditions.Set(api::kFloorApplied, record.floor_applied);
  const bool adopts = cached.service.spec && cached.service.spec->autoscaling.adopted;
  const bool ours = autoscaler != nullptr && (adopts || autoscaler->controller_uid == cached.uid);
  conditions.Set(api::kAutoscalerActive, AutoscalerVerdict(ours ? autoscaler : nullptr));
  conditions.SetOrRemove(api::kDisruptionBudget, record.disruption_budget);
  conditions.SetOrRemove(api::kDestinationRuleApplied, record.destination_rule);
  if (!cached.service.spec) return status;

  const api::ServiceSpec& spec = *cached.service.spec;
  const bool predicts = record.learned_for.has_value();
  conditions.SetOrRemove(api::kDemandAvailable, predicts, &DemandVerdict, record);
  if (predicts && MeasuredFormula(spec) != nullptr) {
    conditions.Set(api::kCapacityKnown, CapacityVerdict(spec, record));
  } else {
    api::RemoveCondition(status.conditions, api::kCapacityKnown);
  }
  conditions.SetOrRemove(api::kForecastReady, predicts, &ForecastVerdict, record);
  conditions.SetOrRemove(api::kExternalForecasterAvailable, record.external != nullptr, &ExternalVerdict, record);
  conditions.SetOrRemove(api::kLeadTimeReliable, predicts && !spec.prediction.lead_time, &LeadVerdict, record);
  conditions.SetOrRemove(api::kEventsScheduled, !spec.prediction.events.empty(), &EventsVerdict, record);
  conditions.SetOrRemove(api::kDeletionCostsApplied, spec.autoscaling.pod_deletion_cost.has_value(),
                         &DeletionCostsVerdict, record);
  ReportPools(spec, record.pools, conditions, status);
  status.recent_decisions = record.recent_decisions;
  status.forecast = ForecastOf(record, now);
  status.external_forecast = ExternalForecastOf(record);
  status.capacity = CapacityStatusOf(spec, record);
  status.lead_time = predicts ? LeadTimeOf(spec, record) : std::nullopt;
  status.score = predicts ? ScoreOf(spec, record, now) : std::nullopt;
  if (record.decision) {
    const decide::Decision& decision = *record.decision;
    status.explanation = decision.explanation;
    status.floor = api::FloorStatus{.current = decision.floor,
                                    .predicted = decision.predicted,
                                    .reactive = decision.reactive,
                                    .event = decision.event,
                                    .reason = std::string(ToString(decision.reason)),
                                    .since = record.floor_since};
  }
  if (!predicts) {
    status.demand.reset();
  } else if (record.reading && !record.reading->IsMissing()) {
    status.demand = api::DemandStatus{.current = record.asked.value,
                                      .unit = spec.demand->unit,
                                      .at = record.reading->sampled_at,
                                      .source = DemandSource(*spec.demand)};
  }
  return status;
}

}  // namespace dso::controller
