// What is learned from the demand of one service, sample by sample: its forecast, and the score of its floor.
// Not thread-safe.
#pragma once

#include <memory>
#include <optional>

#include "controller/events.h"
#include "controller/score_keeper.h"
#include "decide/forecasting.h"

namespace dso::controller {

// What a learner is made for: another key needs another learner, and the history read again.
struct LearningKey {
  api::DemandSpec demand;
  api::PredictionSpec prediction;  // without what makes no difference to what is learned
  milliseconds lead{0};

  static LearningKey Of(const api::DemandSpec& demand, const api::PredictionSpec& prediction, milliseconds lead);
  friend bool operator==(const LearningKey&, const LearningKey&) = default;
};

class Learner {
 public:
  // In UTC where the time zone is unknown. Without a plan there is no score.
  Learner(const LearningKey& key, std::optional<ScorePlan> plan);

  // A sample of the history, in the order of time. From `scored_from` on the score is replayed, in the steps of the
  // older part of a history: finer ones would take longer than they tell. What an event has multiplied is learned
  // without it.
  void LearnPast(WallTime at, double demand, const calendar::EventCalendar& events, WallTime scored_from);

  // What is seen now. A demand that is only known to be at least so much is learned if more was not expected anyway.
  void LearnNow(WallTime at, double demand, bool at_least, const calendar::EventCalendar& events);

  // Begins another score where the one that is kept is about another plan.
  void KeepScore(const ScorePlan& plan);

  const forecast::Forecaster& forecaster() const { return forecaster_; }
  ScoreKeeper* score() { return score_ ? &*score_ : nullptr; }
  const ScoreKeeper* score() const { return score_ ? &*score_ : nullptr; }

 private:
  milliseconds lead_;
  milliseconds replay_step_;
  forecast::Forecaster forecaster_;
  std::optional<ScoreKeeper> score_;
  std::optional<WallTime> replayed_;
};

}  // namespace dso::controller
