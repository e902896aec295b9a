#include "controller/assess.h"

#include <algorithm>

#include "controller/forecasting.h"

namespace dso::controller {
namespace {

decide::Demand DemandOf(const ServiceRecord& record, WallTime now) {
  using State = decide::Demand::State;
  if (!record.reading) return {};
  if (record.reading->IsMissing() || IsOutdated(record, now)) return {.state = State::kMissing};
  return {.state = State::kKnown,
          .value = record.reading->value,
          .at_least = record.reading->reason == prom::Reason::kPartial};
}

// What stands on the HPA, or stood there when the status was written: the larger, since a restart may not lower it.
std::optional<int> FloorInForce(const CachedService& cached, const LiveAutoscaler* autoscaler,
                                const ServiceRecord& record) {
  std::optional<int> floor;
  if (cached.service.status.floor) floor = cached.service.status.floor->current;
  const bool active = cached.service.spec->prediction.mode == api::PredictionMode::kActive;
  if (active && autoscaler != nullptr && autoscaler->controller_uid == cached.uid) {
    floor = std::max(floor.value_or(0), autoscaler->min_replicas.value_or(1));
  }
  if (const auto held = record.FloorHeldBy(cached.service.meta.name); active && held) {
    floor = std::max(floor.value_or(0), *held);
  }
  return floor;
}

}  // namespace

bool IsOutdated(const ServiceRecord& record, WallTime now) {
  return record.reading && now - record.reading_at > kReadingLifetime;
}

void TakeReading(prom::Reading reading, WallTime at, ServiceRecord& record) {
  const bool whole = !reading.IsMissing() && reading.reason != prom::Reason::kPartial;
  if (whole && record.forecaster && record.history == HistoryState::kLoaded) {
    record.forecaster->Observe({at, reading.value});
  }
  record.reading = std::move(reading);
  record.reading_at = at;
}

void Assess(const CachedService& cached, const LiveAutoscaler* autoscaler, decide::Now now, ServiceRecord& record) {
  const api::ServiceSpec& spec = *cached.service.spec;
  EnsureForecaster(cached, record);

  record.capacity.reset();
  record.spec_problem.reset();
  if (spec.demand && spec.capacity) {
    auto planned = decide::PlanCapacity(*spec.capacity, *spec.demand);
    if (planned) {
      record.capacity = *std::move(planned);
    } else {
      // The decision in force stays: a capacity that makes no sense is no reason for another floor.
      record.spec_problem = Verdict::False("InvalidCapacity", planned.error().message);
      return;
    }
  }

  decide::Snapshot snapshot;
  snapshot.now = now;
  snapshot.demand = DemandOf(record, now.wall);
  snapshot.forecast = AskForecaster(record, now.wall);
  snapshot.look_ahead = record.look_ahead;
  snapshot.capacity = record.capacity;
  snapshot.most_replicas = record.AdoptedMaximum();
  snapshot.floor_in_force = FloorInForce(cached, autoscaler, record);
  decide::Outcome outcome = decide::DecideFloor(spec, snapshot, std::move(record.floor_state));
  record.floor_state = std::move(outcome.next);

  const int before = record.decision ? record.decision->floor : snapshot.floor_in_force.value_or(0);
  const int after = outcome.decision.floor;
  if (before != after) {
    record.floor_since = now.wall;
    if (before > 0) {
      api::AddDecision(record.recent_decisions, {.at = now.wall,
                                                 .from = before,
                                                 .to = after,
                                                 .reason = std::string(ToString(outcome.decision.reason)),
                                                 .text = outcome.decision.explanation});
    }
  }
  record.forecast = snapshot.forecast;
  record.decision = std::move(outcome.decision);
}

}  // namespace dso::controller
