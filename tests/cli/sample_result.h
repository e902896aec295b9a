// A result of a backtest, for the tests of operator/cli.
#pragma once

#include <limits>

#include "sim/backtest.h"

namespace dso::cli::test {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

inline constexpr WallTime kMonday{std::chrono::sys_days{std::chrono::year{2026} / 11 / 30}};

inline sim::BacktestResult SampleResult() {
  sim::BacktestResult result;
  result.trace = "chat.csv";
  result.options.capacity_per_replica = 12.5;
  result.options.lead = minutes(10);
  result.from = kMonday;
  result.judged_from = kMonday + days(7);
  result.to = kMonday + days(14);
  result.samples = 4032;
  result.peak = 500;
  result.model = "day Holt-Winters";
  result.accuracy = {.forecasts = 2000,
                     .wape = 0.05,
                     .wape_last_value = 0.1,
                     .wape_seasonal_naive = std::numeric_limits<double>::quiet_NaN(),
                     .coverage = 0.9,
                     .coverage_of_peak = 0.88,
                     .coverage_in_rises = 0.8};
  result.models = {{.name = "day Holt-Winters", .wape = 0.05, .weight = 1}};
  result.alone = {.lost = 2000,
                  .lost_share = 0.000125,
                  .replica_hours = 1000,
                  .busy = hours(2),
                  .worst_busy = minutes(12),
                  .mean_utilization = 0.62,
                  .changes = 300};
  result.with_floor = {.lost = 500,
                       .lost_share = 0.00003125,
                       .replica_hours = 1100,
                       .busy = minutes(20),
                       .worst_busy = minutes(3),
                       .mean_utilization = 0.55,
                       .changes = 400};
  return result;
}

}  // namespace dso::cli::test
