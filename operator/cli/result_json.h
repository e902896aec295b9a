// The result of a backtest for programs. Durations are seconds, shares within [0, 1], times ISO 8601; what is not known
// is null. The timeline is left out: --floor-out and --forecast-out have it. Pure, thread-safe.
#pragma once

#include <string>

#include "sim/backtest.h"

namespace dso::cli {

std::string ResultJson(const sim::BacktestResult& result);

}  // namespace dso::cli
