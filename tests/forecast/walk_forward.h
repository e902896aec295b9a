// Forecasters on samples that come one after another, and demand from arithmetic of our own, so that figures are the
// same with every standard library.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "forecast/forecaster.h"
#include "synthetic.h"

namespace dso::forecast {

inline constexpr milliseconds kLeadTime = 4 * kStep;

// The grid and the lead of synthetic.h's series.
inline ForecasterOptions FiveMinutes(std::vector<milliseconds> seasons = {std::chrono::hours(24),
                                                                          std::chrono::hours(24 * 7)}) {
  return {.step = kStep, .lead = kLeadTime, .seasons = std::move(seasons)};
}

inline std::span<const Sample> First(const std::vector<Sample>& samples, int64_t count) {
  return std::span(samples).first(static_cast<size_t>(count));
}

inline void ObserveAll(Forecaster& forecaster, std::span<const Sample> samples) {
  for (const Sample& sample : samples) forecaster.Observe(sample);
}

inline Forecaster Fitted(const ForecasterOptions& options, std::span<const Sample> history) {
  Forecaster forecaster(options);
  forecaster.Fit(history);
  return forecaster;
}

// What forecasts at the lead came to.
struct Score {
  double error = 0;       // Σ|demand at the lead − expected|
  double last_value = 0;  // the same of the last value
  double demand = 0;
  double covered = 0;           // maxima over the lead
  double covered_at_point = 0;  // demand at the lead
  double count = 0;

  double Wape() const { return error / demand; }
  double ToLastValue() const { return error / last_value; }
  double Coverage() const { return covered / count; }
  double CoverageOfPoint() const { return covered_at_point / count; }
};

// Observes the samples from `from` on, evenly spaced by the step, and judges each forecast.
inline Score WalkForward(Forecaster& forecaster, const std::vector<Sample>& samples, int64_t from, int64_t lead = 4) {
  Score score;
  const auto ahead = static_cast<size_t>(lead);
  for (auto i = static_cast<size_t>(from); i + ahead < samples.size(); ++i) {
    forecaster.Observe(samples[i]);
    const Sample& target = samples[i + ahead];
    const auto peak = forecaster.PeakOver(samples[i].at, target.at - samples[i].at);
    const auto point = forecaster.ForecastAt(target.at);
    if (!peak || !point) continue;
    double maximum = 0;
    for (size_t j = i + 1; j <= i + ahead; ++j) maximum = std::max(maximum, samples[j].value);
    score.error += std::abs(target.value - point->expected);
    score.last_value += std::abs(target.value - samples[i].value);
    score.demand += target.value;
    score.covered += maximum <= peak->quantile ? 1 : 0;
    score.covered_at_point += target.value <= point->quantile ? 1 : 0;
    ++score.count;
  }
  return score;
}

// The same after a history of the samples before `from`.
inline Score ScoreFrom(const ForecasterOptions& options, const std::vector<Sample>& samples, int64_t from,
                       int64_t lead = 4) {
  Forecaster forecaster = Fitted(options, First(samples, from));
  return WalkForward(forecaster, samples, from, lead);
}

// SplitMix64 (Steele, Lea & Flood 2014), and a bell from the sum of twelve uniform numbers.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  // In [0, 1).
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  // In [0, n).
  uint64_t Below(uint64_t n) { return Next() % n; }
  // Mean 0, variance 1.
  double Bell() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += Uniform();
    return sum;
  }

 private:
  uint64_t state_;
};

}  // namespace dso::forecast
