// Demand with a known truth.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "forecast/series.h"

namespace dso::forecast {

inline constexpr milliseconds kStep = std::chrono::minutes(5);
inline constexpr int64_t kDay = 288;  // steps
inline constexpr int64_t kWeek = 7 * kDay;

// A Monday, 2026-06-01T00:00:00Z.
inline constexpr WallTime kMonday{milliseconds(1'780'272'000'000)};

inline WallTime AtStep(int64_t step) { return kMonday + step * kStep; }

// A day between 60 and 140, two bumps high.
inline double DayShape(int64_t step) {
  const double angle = 2 * std::numbers::pi * static_cast<double>(step % kDay) / kDay;
  return 100 - 30 * std::cos(angle) + 10 * std::sin(2 * angle);
}

// The same, and less than half of it on Saturdays and Sundays.
inline double WeekShape(int64_t step) { return step / kDay % 7 >= 5 ? 0.45 * DayShape(step) : DayShape(step); }

// One sample a step: shape(step) + N(0, noise²), not below zero.
template <typename Shape>
std::vector<Sample> Generate(int64_t steps, Shape shape, double noise, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> gauss(0, 1);
  std::vector<Sample> samples;
  for (int64_t step = 0; step < steps; ++step) {
    samples.push_back({AtStep(step), std::max(0.0, shape(step) + noise * gauss(random))});
  }
  return samples;
}

}  // namespace dso::forecast
