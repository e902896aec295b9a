#include "controller/score_keeper.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "decide/lead.h"

namespace dso::controller {
namespace {

// Figures that are learned may wander by so much within one score.
constexpr double kSameFigure = 1.25;

bool Near(double a, double b) { return a <= b * kSameFigure && b <= a * kSameFigure; }
bool Near(milliseconds a, milliseconds b) {
  return Near(static_cast<double>(a.count()), static_cast<double>(b.count()));
}

sim::ScoreOptions OptionsOf(const ScorePlan& plan) {
  return {.hpa = {.capacity_per_replica = plan.capacity.full,
                  .max_replicas = plan.replicas.max,
                  .startup = plan.start_up,
                  .scale_down_window = plan.scale_down_window},
          .min_replicas = plan.replicas.min};
}

}  // namespace

ScorePlan ScorePlan::Of(const api::ServiceSpec& spec, decide::PlannedCapacity capacity, milliseconds lead) {
  // What a lead has beside the start-up: a sync of the operator and one of the HPA.
  const milliseconds start_up = std::max<milliseconds>(lead - 2 * decide::kAutoscalerPeriod, seconds(1));
  return {spec.replicas,
          spec.autoscaling.scale_down_window,
          spec.prediction.max_raise,
          spec.prediction.max_release,
          std::move(capacity),
          start_up,
          lead};
}

bool ScorePlan::IsNear(const ScorePlan& other) const {
  return replicas == other.replicas && scale_down_window == other.scale_down_window && max_raise == other.max_raise &&
         max_release == other.max_release && Near(capacity.full, other.capacity.full) &&
         Near(capacity.per_replica, other.capacity.per_replica) && Near(lead, other.lead);
}

ScoreKeeper::ScoreKeeper(const ScorePlan& plan) : plan_(plan), score_(OptionsOf(plan)) {
  spec_.replicas = plan.replicas;
  spec_.autoscaling.scale_down_window = plan.scale_down_window;
  spec_.prediction.max_raise = plan.max_raise;
  spec_.prediction.max_release = plan.max_release;
  spec_.demand.emplace();
}

void ScoreKeeper::Replay(WallTime at, double demand, const decide::Forecast& forecast,
                         const decide::EventsAhead& events) {
  decide::Snapshot snapshot;
  snapshot.now = {SteadyTime(at.time_since_epoch()), at};
  snapshot.demand = {.state = decide::Demand::State::kKnown, .value = demand};
  snapshot.forecast = forecast;
  snapshot.events = events;
  snapshot.look_ahead.lead = plan_.lead;
  snapshot.capacity = plan_.capacity;
  decide::Outcome outcome = decide::DecideFloorUnexplained(spec_, snapshot, std::move(state_));
  state_ = std::move(outcome.next);
  score_.Take(at, demand, outcome.decision.floor);
}

}  // namespace dso::controller
