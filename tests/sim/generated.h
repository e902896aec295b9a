// Generated histories, for the tests of operator/sim.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "sim/backtest.h"

namespace dso::sim::test {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

inline constexpr WallTime kMonday{std::chrono::sys_days{std::chrono::year{2026} / 11 / 30}};
inline constexpr milliseconds kStep = minutes(5);

// 20 to 100 over a day, and up by 150 within five minutes each morning at nine, for an hour.
inline double DailyDemand(WallTime at) {
  const milliseconds time_of_day = (at - kMonday) % days(1);
  const bool rush = time_of_day >= hours(9) && time_of_day < hours(10);
  const double day = std::chrono::duration<double, days::period>(time_of_day).count();
  return 60 - 40 * std::cos(2 * std::numbers::pi * day) + (rush ? 150 : 0);
}

// From kMonday on.
template <typename Demand>
Trace Generate(milliseconds length, Demand&& demand_at) {
  std::vector<forecast::Sample> samples;
  for (WallTime at = kMonday; at <= kMonday + length; at += kStep) samples.push_back({at, demand_at(at)});
  return *MakeTrace("generated", std::move(samples));
}
inline Trace DailyTrace(milliseconds length) { return Generate(length, DailyDemand); }

inline BacktestOptions SampleOptions() {
  BacktestOptions options;
  options.capacity_per_replica = 5;
  options.policy = {.hpa_target = 0.7, .floor_target = 0.9, .quantile = 0.9};
  options.lead = minutes(10);
  options.warmup = days(5);
  return options;
}

}  // namespace dso::sim::test
