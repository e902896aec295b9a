// How good the issued forecasts were. Pure, thread-safe.
#pragma once

#include <span>

#include "sim/backtest.h"
#include "sim/trace.h"

namespace dso::sim {

// Over the forecasts that were issued from `judged_from` on and whose target lies between two samples no more than 1.5
// `step` (the distance of samples) apart, or on one; what is between samples is interpolated. "As now" and "as a day
// ago" are judged on the same forecasts, the latter where the day ago is known; what cannot be judged is NaN.
Accuracy Judge(const Trace& trace, std::span<const IssuedForecast> forecasts, WallTime judged_from, milliseconds step);

}  // namespace dso::sim
