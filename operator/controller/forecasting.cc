#include "controller/forecasting.h"

#include "zones/zones.h"

namespace dso::controller {

std::unique_ptr<Learner> NewLearner(const ServiceRecord& record) {
  return std::make_unique<Learner>(*record.learned_for, record.score_plan);
}

void LearnAgain(ServiceRecord& record) {
  record.next_learner = NewLearner(record);
  if (record.external) record.external->series.BeginHistory(decide::HistoryFor(record.learned_for->prediction));
  if (record.history == HistoryState::kLoaded) record.clock_jumped_at.reset();  // that jump has been made good
  record.history = HistoryState::kWanted;
  record.history_load = 0;  // a load that is under way was for the learner before
  record.history_problem.clear();
  record.history_retry_at = SteadyTime();
}

void EnsureLearner(const CachedService& cached, ServiceRecord& record) {
  const api::ServiceSpec& spec = *cached.service.spec;
  const bool predicts = spec.demand && spec.prediction.mode != api::PredictionMode::kOff;
  if (!predicts) {
    record.learned_for.reset();
    record.learner.reset();
    record.next_learner.reset();
    record.reading.reset();
    return;
  }
  LearningKey wanted = LearningKey::Of(*spec.demand, spec.prediction, record.look_ahead.lead);
  if (record.learned_for == wanted) return;
  if (record.learned_for && record.learned_for->demand != wanted.demand) {
    record.reading.reset();
    record.learner.reset();
  }
  record.learned_for = std::move(wanted);
  const auto clock = zones::ClockOf(spec.prediction.time_zone);
  record.time_zone_problem = clock ? "" : "spec.prediction.timeZone: " + clock.error().message;
  LearnAgain(record);
}

decide::Forecast AskForecaster(const ServiceRecord& record, WallTime now) {
  if (record.learner == nullptr) return {};
  return decide::AskForecaster(record.learner->forecaster(), now, record.look_ahead.lead);
}

}  // namespace dso::controller
