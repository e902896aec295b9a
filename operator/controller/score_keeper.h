// The score of one service's floor (sim/score.h): over its past, decided again, and live from then on.
//
// What the score is about is one plan: capacity, bounds, window and lead. Another plan begins another score. Loop
// thread only.
#pragma once

#include <optional>

#include "api/spec.h"
#include "decide/floor.h"
#include "sim/score.h"

namespace dso::controller {

struct ScorePlan {
  api::ReplicaBounds replicas;
  milliseconds scale_down_window{0};
  std::optional<api::PaceLimit> max_raise;
  api::PaceLimit max_release;
  decide::PlannedCapacity capacity;
  milliseconds start_up{0};  // of a simulated pod
  milliseconds lead{0};      // what its floor looked ahead

  static ScorePlan Of(const api::ServiceSpec& spec, decide::PlannedCapacity capacity, milliseconds lead);
  // Whether the same score can go on: a capacity that is being learned and a lead that follows it wander.
  bool IsNear(const ScorePlan& other) const;
};

class ScoreKeeper {
 public:
  explicit ScoreKeeper(const ScorePlan& plan);

  const ScorePlan& plan() const { return plan_; }
  // A moment of the past: the floor is decided here, as it would have been then.
  void Replay(WallTime at, double demand, const decide::Forecast& forecast, const decide::EventsAhead& events);
  // What is seen now, and the floor that was decided on it.
  void Take(WallTime at, double demand, int floor) { score_.Take(at, demand, floor); }

  sim::Score::Summary Last7Days(WallTime now) const { return score_.Last7Days(now); }

 private:
  ScorePlan plan_;
  api::ServiceSpec spec_;  // of the replay
  decide::FloorState state_;
  sim::Score score_;
};

}  // namespace dso::controller
