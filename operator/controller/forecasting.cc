#include "controller/forecasting.h"

#include <algorithm>

namespace dso::controller {
namespace {

// A day at 5 min: 288 steps are enough to follow a morning, and 28 days of them are 32 kB.
constexpr milliseconds kLongestStep = std::chrono::minutes(5);
constexpr milliseconds kShortestStep = seconds(5);
constexpr int kStepsPerSeason = 288;
// A refit holds up the loop for some milliseconds; those of all services must not fall into one moment.
constexpr milliseconds kEarliestRefit = std::chrono::hours(20);
constexpr milliseconds kRefitSpread = std::chrono::hours(8);

}  // namespace

forecast::ForecasterOptions OptionsFor(const api::PredictionSpec& prediction) {
  const milliseconds shortest_season =
      prediction.seasons.empty() ? milliseconds(std::chrono::hours(24)) : prediction.seasons.front();
  const milliseconds step = std::chrono::floor<seconds>(shortest_season / kStepsPerSeason);
  return {.step = std::clamp(step, kShortestStep, kLongestStep),
          .lead = prediction.lead_time,
          .quantile = prediction.quantile,
          .history = prediction.history,
          .seasons = prediction.seasons,
          .detect_seasons = prediction.seasons.empty()};
}

std::unique_ptr<forecast::Forecaster> NewForecaster(const api::PredictionSpec& prediction, const std::string& uid) {
  forecast::ForecasterOptions options = OptionsFor(prediction);
  options.refit_every = kEarliestRefit + milliseconds(std::hash<std::string>()(uid) % kRefitSpread.count());
  return std::make_unique<forecast::Forecaster>(std::move(options));
}

void EnsureForecaster(const CachedService& cached, ServiceRecord& record) {
  const api::ServiceSpec& spec = *cached.service.spec;
  const bool predicts = spec.demand && spec.prediction.mode != api::PredictionMode::kOff;
  ServiceRecord::LearningKey wanted{spec.demand, spec.prediction};
  wanted.prediction.mode = api::PredictionMode::kActive;  // Shadow learns the same
  if (!predicts) {
    record.learned_for.reset();
    record.forecaster.reset();
    record.reading.reset();
    return;
  }
  if (record.learned_for == wanted) return;
  if (record.learned_for && record.learned_for->demand != wanted.demand) record.reading.reset();
  record.learned_for = std::move(wanted);
  record.forecaster = NewForecaster(spec.prediction, cached.uid);
  record.history = HistoryState::kWanted;
  record.history_load = 0;  // a load that is under way was for the forecaster before
  record.history_problem.clear();
  record.history_retry_at = SteadyTime();
}

decide::Forecast AskForecaster(const api::ServiceSpec& spec, const ServiceRecord& record, WallTime now) {
  using State = decide::Forecast::State;
  if (record.forecaster == nullptr || record.history != HistoryState::kLoaded) return {};
  const auto peak = record.forecaster->PeakOver(now, spec.prediction.lead_time);
  if (!peak) return {.state = State::kInsufficient};
  return {.state = State::kReady, .expected = peak->expected, .quantile = peak->quantile, .peak_at = peak->by};
}

}  // namespace dso::controller
