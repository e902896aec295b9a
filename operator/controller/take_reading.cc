#include "controller/take_reading.h"

#include <utility>

#include "controller/external_forecasting.h"
#include "decide/formula_figures.h"
#include "prom/target_counts.h"

namespace dso::controller {
namespace {

// How many pods have been ready throughout the window that the demand looks back: one that has become ready within it
// has served a part of it only.
std::optional<int> ReadyThroughout(milliseconds averaged_over, SteadyTime now, ServiceRecord& record) {
  if (!record.pods_known) return std::nullopt;
  return record.fewest_ready.Over(now, averaged_over + record.sync_period, record.health.ready);
}

}  // namespace

bool IsOutdated(const ServiceRecord& record, WallTime now) {
  // Of the future: the clock has been set back since.
  return record.reading && std::chrono::abs(now - record.reading_at) > kReadingLifetime;
}

void TakeReading(prom::Reading reading, WallTime at, milliseconds averaged_over, SteadyTime now,
                 ServiceRecord& record) {
  record.reading = std::move(reading);
  record.reading_at = at;
  if (record.reading->IsMissing()) return;

  if (record.reading->response_time) {
    record.response_time = decide::SettledResponseTime(record.response_time, *record.reading->response_time);
  }
  const std::optional<int> ready = ReadyThroughout(averaged_over, now, record);
  const decide::SeenDemand seen{record.reading->value, record.reading->rejected, record.reading->waiting};
  record.partial = record.reading->reason == prom::Reason::kPartial || IsPartlyScraped(*record.reading, ready);
  record.asked = decide::JudgeSaturation(seen, ready, record.capacity ? record.capacity->full : 0);
  if (record.learned) {
    record.learned->Observe(
        {.now = now, .seen = seen, .ready_replicas = ready, .partial = record.partial, .averaged_over = averaged_over});
  }
  const bool at_least = record.partial || record.asked.censored;
  TakeIntoExternal(at, record.asked.value, at_least, record);
  if (record.learner) record.learner->LearnNow(at, record.asked.value, at_least, record.events.calendar);
}

decide::Demand DemandOf(const ServiceRecord& record, WallTime now) {
  using State = decide::Demand::State;
  if (!record.reading) return {};
  if (record.reading->IsMissing() || IsOutdated(record, now)) return {.state = State::kMissing};
  return {.state = State::kKnown, .value = record.asked.value, .at_least = record.partial || record.asked.censored};
}

}  // namespace dso::controller
