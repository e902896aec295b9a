#include "controller/forecasting.h"

#include "zones/zones.h"

namespace dso::controller {

std::unique_ptr<forecast::Forecaster> NewForecaster(const ServiceRecord::LearningKey& key) {
  forecast::ForecasterOptions options = decide::OptionsFor(key.prediction, key.lead);
  if (auto offsets = zones::OffsetsOf(key.prediction.time_zone)) {
    options.calendar = forecast::Calendar(calendar::LocalClock(*std::move(offsets)), key.prediction.holidays);
  }
  return std::make_unique<forecast::Forecaster>(std::move(options));
}

void EnsureForecaster(const CachedService& cached, ServiceRecord& record) {
  const api::ServiceSpec& spec = *cached.service.spec;
  const bool predicts = spec.demand && spec.prediction.mode != api::PredictionMode::kOff;
  ServiceRecord::LearningKey wanted{spec.demand, spec.prediction, record.look_ahead.lead};
  // What makes no difference to what is learned.
  wanted.prediction.mode = api::PredictionMode::kActive;
  wanted.prediction.max_raise.reset();
  wanted.prediction.max_release = {};
  if (!predicts) {
    record.learned_for.reset();
    record.forecaster.reset();
    record.reading.reset();
    return;
  }
  if (record.learned_for == wanted) return;
  if (record.learned_for && record.learned_for->demand != wanted.demand) record.reading.reset();
  record.learned_for = std::move(wanted);
  const auto offsets = zones::OffsetsOf(spec.prediction.time_zone);
  record.time_zone_problem = offsets ? "" : "spec.prediction.timeZone: " + offsets.error().message;
  record.forecaster = NewForecaster(*record.learned_for);
  record.history = HistoryState::kWanted;
  record.history_load = 0;  // a load that is under way was for the forecaster before
  record.history_problem.clear();
  record.history_retry_at = SteadyTime();
}

decide::Forecast AskForecaster(const ServiceRecord& record, WallTime now) {
  if (record.forecaster == nullptr || record.history != HistoryState::kLoaded) return {};
  return decide::AskForecaster(*record.forecaster, now, record.look_ahead.lead);
}

}  // namespace dso::controller
