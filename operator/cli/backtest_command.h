// `deepseek-operator backtest`: what the operator would have done for a service, from its history of demand.
#pragma once

#include "cli/backtest_flags.h"

namespace dso::cli {

inline constexpr int kRuntimeError = 1;
inline constexpr int kUsageError = 2;

// Reads the history, replays it, writes the files that are asked for and a summary to standard output. Messages and
// progress go to standard error. Returns the exit code.
int RunBacktest(const BacktestFlags& flags);

}  // namespace dso::cli
