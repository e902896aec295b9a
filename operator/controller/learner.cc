#include "controller/learner.h"

#include <utility>

#include "zones/zones.h"

namespace dso::controller {
namespace {

forecast::ForecasterOptions OptionsFor(const LearningKey& key) {
  forecast::ForecasterOptions options = decide::OptionsFor(key.prediction, key.lead);
  const auto clock = zones::ClockOf(key.prediction.time_zone);
  options.calendar = forecast::Calendar(clock ? *clock : calendar::LocalClock(), key.prediction.holidays);
  return options;
}

}  // namespace

LearningKey LearningKey::Of(const api::DemandSpec& demand, const api::PredictionSpec& prediction, milliseconds lead) {
  LearningKey key{demand, prediction, lead};
  key.prediction.mode = api::PredictionMode::kActive;  // Shadow learns the same
  key.prediction.external_forecaster.reset();          // it is heard beside what is learned
  key.prediction.lead_time.reset();
  key.prediction.max_raise.reset();
  key.prediction.max_release = {};
  return key;
}

Learner::Learner(const LearningKey& key, std::optional<ScorePlan> plan)
    : lead_(key.lead), replay_step_(decide::HistoryFor(key.prediction).step), forecaster_(OptionsFor(key)) {
  if (plan) score_.emplace(*plan);
}

void Learner::LearnPast(WallTime at, double demand, const calendar::EventCalendar& events, WallTime scored_from) {
  forecaster_.Observe({at, demand / events.MultiplierAt(at)});
  if (!score_ || at < scored_from || (replayed_ && at - *replayed_ < replay_step_)) return;
  replayed_ = at;
  score_->Replay(at, demand, decide::AskForecaster(forecaster_, at, lead_), AskCalendar(events, at, lead_));
}

void Learner::LearnNow(WallTime at, double demand, bool at_least, const calendar::EventCalendar& events) {
  const double usual = demand / events.MultiplierAt(at);
  if (at_least) {
    const auto expected = forecaster_.ForecastAt(at);
    if (!expected || usual <= expected->expected) return;
  }
  forecaster_.Observe({at, usual});
}

void Learner::KeepScore(const ScorePlan& plan) {
  if (!score_ || !score_->plan().IsNear(plan)) score_.emplace(plan);
}

}  // namespace dso::controller
