// The result of a backtest as text for a terminal. Pure, thread-safe.
#pragma once

#include <string>

#include "sim/backtest.h"

namespace dso::cli {

std::string Summary(const sim::BacktestResult& result);

}  // namespace dso::cli
