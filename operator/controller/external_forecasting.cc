#include "controller/external_forecasting.h"

#include <algorithm>

#include "controller/forecasting.h"

namespace dso::controller {
namespace {

constexpr milliseconds kLongestPeriod = std::chrono::minutes(1);

// About once a minute; for a lead of less than five minutes more often, as what is known of it is soon over.
milliseconds PeriodFor(milliseconds lead, milliseconds sync_period) {
  return std::max(std::min(lead / 5, kLongestPeriod), sync_period);
}

std::shared_ptr<ExternalRecord> NewExternal(const api::PredictionSpec& prediction, const ServiceRecord& record) {
  const milliseconds lead = record.learned_for->lead;
  const milliseconds period = PeriodFor(lead, record.sync_period);
  return std::make_shared<ExternalRecord>(
      ExternalRecord{.forecaster = *prediction.external_forecaster,
                     .demand = record.learned_for->demand,
                     .lead = lead,
                     .period = period,
                     .series = ExternalSeries(decide::HistoryFor(record.learned_for->prediction)),
                     .judge = decide::ExternalJudge(lead, period)});
}

Verdict VerdictOf(const ExternalRecord& external, bool answers) {
  if (!answers) {
    if (external.problem) return *external.problem;
    return Verdict::Unknown("Learning", external.series.known() ? "The forecaster has not answered yet."
                                                                : "The history is still being read.");
  }
  switch (external.judge.verdict()) {
    case decide::ExternalJudge::Verdict::kLearning: break;
    case decide::ExternalJudge::Verdict::kAccurate:
      return Verdict::True("Heeded", "The floor is made for the larger of its forecast and the built-in one.");
    case decide::ExternalJudge::Verdict::kTooInaccurate:
      return Verdict::False("TooInaccurate",
                            "It is not heeded: its errors are more than one and a half times those of the built-in "
                            "forecast, and more than 5 % of the demand.");
  }
  return Verdict::Unknown("Learning",
                          "It answers, and is not heeded before 30 of its predictions have come true, the last of them "
                          "two lead times after the first.");
}

}  // namespace

void EnsureExternal(const CachedService& cached, ServiceRecord& record) {
  const api::PredictionSpec& prediction = cached.service.spec->prediction;
  if (!prediction.external_forecaster || !record.learned_for) {
    record.external.reset();
    record.external_say.reset();
    return;
  }
  const std::shared_ptr<ExternalRecord> before = record.external;
  const bool same_series = before && before->demand == record.learned_for->demand;
  const bool same_question = same_series && before->lead == record.learned_for->lead &&
                             before->period == PeriodFor(before->lead, record.sync_period) &&
                             before->forecaster == *prediction.external_forecaster;
  if (!same_question) {
    record.external = NewExternal(prediction, record);
    if (same_series) {
      record.external->series = before->series;
    } else if (record.history != HistoryState::kWanted) {
      LearnAgain(record);  // what has been read, or is being read, did not go into it
    }
  }
  record.external->quantile = prediction.quantile;
  record.external->time_zone = prediction.time_zone;
}

void TakeIntoExternal(WallTime at, double demand, bool at_least, ServiceRecord& record) {
  if (!record.external) return;
  const double usual = demand / record.events.calendar.MultiplierAt(at);
  if (!at_least) {
    record.external->judge.Observe(at, usual);
  } else if (record.learner) {
    const auto expected = record.learner->forecaster().ForecastAt(at);
    if (expected && usual <= expected->expected) return;
  }
  record.external->series.LearnNow(at, usual);
}

std::optional<decide::ExternalForecast> HearExternal(ServiceRecord& record, WallTime now) {
  if (!record.external) return std::nullopt;
  const ExternalRecord& external = *record.external;
  const auto peak = external.answer ? decide::PeakOf(*external.answer, now, external.lead) : std::nullopt;
  ExternalSay say{.forecaster = external.forecaster, .model = external.model};
  say.verdict = VerdictOf(external, peak.has_value());
  say.heeded = say.verdict.status == api::ConditionStatus::kTrue;
  say.error_ratio = external.judge.error();
  say.coverage_ratio = external.judge.coverage();
  if (peak) {
    say.expected = peak->expected;
    say.quantile = peak->quantile;
  }
  const bool heeded = say.heeded;
  record.external_say = std::move(say);
  if (!heeded) return std::nullopt;
  decide::ExternalForecast forecast{.forecaster = external.forecaster, .peak = *peak};
  forecast.peak.slack = external.judge.slack();
  return forecast;
}

}  // namespace dso::controller
