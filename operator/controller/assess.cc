#include "controller/assess.h"

#include <algorithm>

#include "base/log.h"
#include "controller/external_forecasting.h"
#include "controller/forecasting.h"
#include "controller/prepare.h"
#include "controller/take_reading.h"

namespace dso::controller {
namespace {

// What stands on our own HPA, or on an autoscaler whose minimum the service holds, as far as the cache can know: while
// it has the version that a write of ours replaces, it shows what we have let go of, and a hold that begins then must
// not bring that back.
std::optional<int> Standing(const CachedService& cached, const LiveAutoscaler* autoscaler,
                            const ServiceRecord& record) {
  if (cached.service.spec->prediction.mode != api::PredictionMode::kActive) return std::nullopt;
  if (cached.service.spec->autoscaling.adopted) return record.FloorHeldBy(cached.service.meta.name);
  if (autoscaler == nullptr || autoscaler->controller_uid != cached.uid) return std::nullopt;
  if (record.replaced_autoscaler == autoscaler->resource_version) return std::nullopt;
  return autoscaler->min_replicas.value_or(1);
}

// That, or what stood there when the status was written: the larger, since a restart may not lower it.
std::optional<int> FloorInForce(const CachedService& cached, std::optional<int> standing) {
  if (!cached.service.status.floor) return standing;
  return std::max(cached.service.status.floor->current, standing.value_or(0));
}

std::optional<decide::Ceiling> CeilingOf(const ServiceRecord& record) {
  using decide::Ceiling;
  const std::optional<int> adopted = record.AdoptedMaximum();
  const auto& pools = record.pools.plan;
  if (pools && (!adopted || pools->max_replicas < *adopted)) {
    return Ceiling{pools->max_replicas, Ceiling::Of::kBackends};
  }
  return adopted ? std::optional(Ceiling{*adopted, Ceiling::Of::kAdopted}) : std::nullopt;
}

// Prometheus has its own clock: what it holds is right, what was learned of it by ours may lie at wrong times.
void NoticeClock(decide::Now now, ServiceRecord& record) {
  if (!record.floor_state.started || !decide::HasJumped(record.floor_state.last, now)) return;
  LogWarning("the wall clock has jumped, reading histories again", {});
  if (record.learned_for) LearnAgain(record);
  record.clock_jumped_at = now.wall;
}

void Remember(const decide::Decision& decision, int before, WallTime now, ServiceRecord& record) {
  if (decision.floor == before) return;
  record.floor_since = now;
  if (before == 0) return;  // the first one
  api::AddDecision(record.recent_decisions, {.at = now,
                                             .from = before,
                                             .to = decision.floor,
                                             .reason = std::string(ToString(decision.reason)),
                                             .text = decision.explanation});
}

}  // namespace

void Assess(const CachedService& cached, const LiveAutoscaler* autoscaler, decide::Now now, ServiceRecord& record) {
  NoticeClock(now, record);
  Prepare(cached, now, record);
  // The decision in force stays: a capacity that makes no sense is no reason for another floor.
  if (record.spec_problem) return;

  const api::ServiceSpec& spec = *cached.service.spec;
  const std::optional<int> standing = Standing(cached, autoscaler, record);
  const decide::Snapshot snapshot{.now = now,
                                  .demand = DemandOf(record, now.wall),
                                  .forecast = AskForecaster(record, now.wall),
                                  .external = HearExternal(record, now.wall),
                                  .events = AskCalendar(record.events.calendar, now.wall, record.look_ahead.lead),
                                  .look_ahead = record.look_ahead,
                                  .capacity = record.capacity,
                                  .pods_on_their_way = record.health.UnderWay(),
                                  .ceiling = CeilingOf(record),
                                  .standing = standing,
                                  .floor_in_force = FloorInForce(cached, standing)};
  decide::Outcome outcome = decide::DecideFloor(spec, snapshot, std::move(record.floor_state));
  record.floor_state = std::move(outcome.next);
  record.forecast = snapshot.forecast;
  record.decided_on = snapshot;

  const int before = record.decision ? record.decision->floor : snapshot.floor_in_force.value_or(0);
  Remember(outcome.decision, before, now.wall, record);
  record.decision = std::move(outcome.decision);
  const bool scored = record.learner && snapshot.demand.state == decide::Demand::State::kKnown && !record.partial;
  if (scored && record.learner->score() != nullptr) {
    record.learner->score()->Take(record.reading_at, snapshot.demand.value, record.decision->floor);
  }
}

}  // namespace dso::controller
