#include "decide/forecasting.h"

#include <algorithm>

namespace dso::decide {
namespace {

// A minute of a day: how finely a morning is followed.
constexpr milliseconds kLongestStep = std::chrono::minutes(1);
constexpr milliseconds kShortestStep = seconds(5);
constexpr int kStepsPerSeason = 1440;
// Five minutes of a day: how densely the past before the last day is read.
constexpr int kOldStepsPerSeason = 288;
constexpr milliseconds kLongestOldStep = std::chrono::minutes(5);

// Of the past, for each service: a year at five minutes. A preset's history is that of all its services, and one with
// a season of minutes and a history of a year would keep the server busy for all of them.
constexpr int kMostPoints = 110'000;

milliseconds ShortestSeason(const api::PredictionSpec& prediction) {
  return prediction.seasons.empty() ? milliseconds(std::chrono::hours(24)) : prediction.seasons.front();
}

milliseconds StepFor(const api::PredictionSpec& prediction) {
  const milliseconds step = std::chrono::floor<seconds>(ShortestSeason(prediction) / kStepsPerSeason);
  return std::clamp(step, kShortestStep, kLongestStep);
}

}  // namespace

forecast::ForecasterOptions OptionsFor(const api::PredictionSpec& prediction, milliseconds lead,
                                       milliseconds sample_distance) {
  forecast::ForecasterOptions options;
  options.step = std::max(StepFor(prediction), sample_distance);
  options.lead = lead;
  options.quantile = prediction.quantile;
  if (!prediction.seasons.empty()) options.seasons = prediction.seasons;
  return options;
}

HistoryPlan HistoryFor(const api::PredictionSpec& prediction) {
  HistoryPlan plan;
  plan.recent_step = StepFor(prediction);
  const milliseconds old_step = std::chrono::floor<seconds>(ShortestSeason(prediction) / kOldStepsPerSeason);
  plan.step = std::clamp(old_step, plan.recent_step, kLongestOldStep);
  plan.length = std::min(prediction.history, kMostPoints * plan.step);
  const milliseconds recent = std::min<milliseconds>(ShortestSeason(prediction), std::chrono::hours(24));
  plan.recent_length = plan.step > plan.recent_step ? std::min(plan.length, recent) : plan.length;
  return plan;
}

Forecast AskForecaster(const forecast::Forecaster& forecaster, WallTime now, milliseconds lead) {
  const auto peak = forecaster.PeakOver(now, lead);
  if (!peak) return {.state = Forecast::State::kInsufficient};
  if (now - *forecaster.newest() > kLongestRide) return {.state = Forecast::State::kOutdated};
  return {.state = Forecast::State::kReady,
          .expected = peak->expected,
          .quantile = peak->quantile,
          .peak_at = peak->by,
          .slack = peak->slack};
}

}  // namespace dso::decide
