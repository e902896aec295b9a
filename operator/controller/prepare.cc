#include "controller/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "controller/capacity_figures.h"
#include "controller/external_forecasting.h"
#include "controller/forecasting.h"
#include "decide/lead.h"

namespace dso::controller {
namespace {

void ReadEvents(const api::PredictionSpec& prediction, ServiceRecord& record) {
  if (record.planned_for == prediction.events) return;
  record.planned_for = prediction.events;
  record.events = PlanEvents(prediction.events);
}

void CountPods(const CachedService& cached, decide::Now now, ServiceRecord& record) {
  const auto* const target = std::get_if<api::TargetRef>(&cached.service.spec->workload);
  const std::optional<api::TargetRef> adopted = target ? std::optional(*target) : std::nullopt;
  if (record.looked_at && record.pods_of != adopted) {
    // Those of a template are watched: one that was a target's as well is not told of again.
    const std::string& name = cached.service.meta.name;
    std::erase_if(record.pods, [&](const auto& pod) { return adopted || pod.second->service != name; });
    record.pods_known = false;
    record.fewest_ready = {};
    record.start_up = decide::StartUpTimes();
    record.target_cores.reset();
    record.cores_problem.clear();
  }
  record.looked_at = true;
  record.pods_of = adopted;
  if (!adopted) record.pods_known = true;  // nothing is looked at before the watch has listed them
  record.start_up_estimate = record.start_up.Estimate(now.wall);
  record.health = HealthOf(std::views::values(record.pods), record.start_up_estimate.p90, now.wall);
  if (record.pods_known) record.fewest_ready.Note(now.steady, record.health.ready);
}

// How old the newest sample is when it is read; rounded up, so that it is a few values only.
milliseconds MetricAge(const ServiceRecord& record) {
  constexpr milliseconds kUsualScrape = seconds(15);
  if (!record.reading || record.reading->IsMissing()) return kUsualScrape;
  const milliseconds age = record.reading_at - record.reading->sampled_at;
  const auto scrapes = std::chrono::ceil<milliseconds>(age) / kUsualScrape + 1;
  return std::clamp<milliseconds>(scrapes * kUsualScrape, kUsualScrape, std::chrono::minutes(2));
}

void SettleLead(const api::PredictionSpec& prediction, ServiceRecord& record) {
  if (prediction.lead_time) {
    record.look_ahead = {*prediction.lead_time, ""};
    return;
  }
  const decide::StartUpEstimate& start_up = record.start_up_estimate;
  const milliseconds wanted = decide::LeadFor(start_up, record.sync_period, MetricAge(record));
  const milliseconds lead = decide::SettledLead(record.look_ahead.lead, wanted);
  if (lead == record.look_ahead.lead && !record.look_ahead.made_of.empty() && record.lead_for == start_up.p90) return;
  record.lead_for = start_up.p90;
  const bool learned = start_up.source == decide::StartUpEstimate::Source::kLearned;
  record.look_ahead = {lead, fmt::format("start-up {}{} + sync, HPA and scrape", learned ? "P90 " : "assumed ",
                                         FormatDuration(std::chrono::ceil<seconds>(start_up.p90)))};
}

void LearnCapacity(const std::optional<api::CapacitySpec>& capacity, ServiceRecord& record) {
  const auto* const bounds = capacity ? std::get_if<api::LearnedCapacity>(&*capacity) : nullptr;
  if (bounds == nullptr) {
    record.learned.reset();
  } else if (!record.learned || record.learning_within != *bounds) {
    std::optional<double> remembered;
    if (record.learned) {
      remembered = record.learned->per_replica();
    } else if (record.written.capacity) {
      remembered = record.written.capacity->learned;
    }
    record.learned.emplace(decide::CapacityBounds{bounds->min, bounds->max}, remembered);
    record.learning_within = *bounds;
  }
}

void ReadCapacity(const api::ServiceSpec& spec, ServiceRecord& record) {
  record.capacity.reset();
  record.spec_problem.reset();
  record.score_plan.reset();
  if (!spec.demand || !spec.capacity) return;
  auto planned = decide::PlanCapacity(*spec.capacity, *spec.demand, MeasuredOf(spec, record));
  // Not measured yet: the condition CapacityKnown says what is missing.
  if (!planned && planned.error().code == ErrorCode::kNotFound) return;
  if (!planned) {
    record.spec_problem = Verdict::False("InvalidCapacity", planned.error().message);
    return;
  }
  record.score_plan = ScorePlan::Of(spec, *planned, record.look_ahead.lead);
  record.capacity = *std::move(planned);
}

}  // namespace

void Prepare(const CachedService& cached, decide::Now now, ServiceRecord& record) {
  const api::ServiceSpec& spec = *cached.service.spec;
  ReadEvents(spec.prediction, record);
  CountPods(cached, now, record);
  SettleLead(spec.prediction, record);
  LearnCapacity(spec.capacity, record);
  ReadCapacity(spec, record);
  EnsureLearner(cached, record);
  EnsureExternal(cached, record);
  if (!record.score_plan) return;
  if (record.learner) record.learner->KeepScore(*record.score_plan);
  // A capacity that was measured since: the history is still to be replayed by it.
  const bool still_to_be_read = record.next_learner && record.history == HistoryState::kWanted;
  if (still_to_be_read) record.next_learner->KeepScore(*record.score_plan);
}

}  // namespace dso::controller
