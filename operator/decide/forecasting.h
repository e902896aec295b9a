// How a service's demand is forecast, from its spec to what the decision sees: the one path of the live operator and of
// the backtest. Pure; as thread-safe as the forecaster that is passed.
#pragma once

#include "api/spec.h"
#include "decide/floor.h"
#include "forecast/forecaster.h"

namespace dso::decide {

// How the demand is put on a grid and judged. `lead`: what the forecast looks ahead; `sample_distance`: of one sample
// from the next, where that is known.
forecast::ForecasterOptions OptionsFor(const api::PredictionSpec& prediction, milliseconds lead,
                                       milliseconds sample_distance = milliseconds(0));

// How much of the past is to be read, and how densely: the margin of a forecast lives on what the last day looked like
// from minute to minute, the seasons are content with less. At most 110,000 steps of the past are read: with short
// seasons, which are read densely, that is less than prediction.history, and still hundreds of seasons.
struct HistoryPlan {
  milliseconds length{0};
  milliseconds step{0};
  milliseconds recent_length{0};  // of the end of it, <= length
  milliseconds recent_step{0};    // <= step
  auto operator<=>(const HistoryPlan&) const = default;
};
HistoryPlan HistoryFor(const api::PredictionSpec& prediction);

// What `forecaster`, which has learned the history there is, says at `now` about the demand over the lead.
Forecast AskForecaster(const forecast::Forecaster& forecaster, WallTime now, milliseconds lead);

}  // namespace dso::decide
