#include "forecast/interval.h"

#include <algorithm>
#include <cmath>

namespace dso::forecast {
namespace {

constexpr double kHistogramDays = 10;
constexpr double kAggregationDays = 4;
constexpr double kCoverageDays = 7;
constexpr double kRecent = 40;       // settled forecasts that "lately" means
constexpr double kPartGain = 0.05;   // of a new error in the mean of its time of day
constexpr double kDaysPart = 8;      // of a day: the first hours
constexpr double kSteering = 0.005;  // η of forecasts that do not overlap
constexpr double kShareGain = 0.002;
constexpr double kClearRise = 1;            // in mean absolute errors
constexpr double kMostSteadyMisses = 0.04;  // beyond those allowed on the whole
constexpr double kLowestLevel = 0.3;
constexpr double kHighestLevel = 0.998;
// Scales are at least this part of the typical demand, and never 0.
constexpr double kLeastScale = 1e-3;
constexpr double kTiny = 1e-200;
// One error beyond this many mean ones must not be what "mean" means from then on.
constexpr double kOutlier = 100;
constexpr double kJudgesOutliers = 10;  // settled forecasts

}  // namespace

void RunningRatio::Add(double numerator, double denominator) {
  numerator_ += numerator;
  denominator_ += denominator;
  if (++entries_ < 2 * memory_) return;
  entries_ /= 2;
  numerator_ /= 2;
  denominator_ /= 2;
}

IntervalTracker::IntervalTracker(const IntervalOptions& options)
    : quantile_(options.quantile),
      learning_rate_(kSteering / options.overlap),
      rising_target_(1 - options.rising_misses * (1 - options.quantile)),
      per_day_(options.per_day),
      errors_(kWays, ErrorHistogram(std::max(kHistogramDays * options.per_day, 100.0))),
      aggregation_(std::vector<double>(kWays, 1.0 / kWays), std::max(kAggregationDays * options.per_day, 50.0)),
      by_part_(kParts),
      steady_level_(options.quantile),
      rising_level_(options.quantile),
      coverage_(std::max(kCoverageDays * options.per_day, 50.0)),
      slack_(std::max(kAggregationDays * options.per_day, 50.0)) {}

IntervalTracker::Ways IntervalTracker::WaysFor(const Outset& outset) const {
  const double whole = outset.typical + kTiny;
  const double least = kLeastScale * outset.typical + kTiny;
  const double expected = outset.expected;
  const double lately = std::max(recent_, least);
  const Part& part = by_part_[outset.part];
  const double this_time = std::max(part.count > 0 ? part.size : recent_, 0.2 * lately + least);
  const double height = std::max(expected, 0.05 * whole);
  const Envelope::Reached earlier = outset.earlier.value_or(Envelope::Reached{expected, expected, expected});

  Ways all;
  all.rising = outset.rise > kClearRise * lately;
  all.ways = {{
      {expected, whole},
      {expected, lately},
      {expected, this_time},
      {expected, height},
      {expected, std::abs(expected - outset.last) + lately},
      {expected, std::sqrt(lately * this_time)},
      {expected, std::sqrt(height * whole)},
      {expected, lately + std::abs(earlier.second - expected)},
      {expected, 0.1 * whole + std::max(earlier.second - expected, 0.0)},
      {outset.last, whole},
      {outset.last, std::max(recent_of_last_, least)},
      {earlier.median, whole},
      {std::max(earlier.second, expected), whole},
      {std::max(earlier.newest, expected), whole},
  }};
  static constexpr std::array<char, kWays> kAll = [] {
    std::array<char, kWays> usable{};
    usable.fill(1);
    return usable;
  }();
  aggregation_.Weights(kAll, all.weights);
  all.level = std::clamp(all.rising ? rising_level_ : steady_level_, kLowestLevel, kHighestLevel);
  return all;
}

IntervalTracker::Promise IntervalTracker::Issue(const Outset& outset) const {
  Promise promise;
  promise.expected = outset.expected;
  promise.last = outset.last;
  promise.part = outset.part;
  promise.promised = calibrated();
  const Ways all = WaysFor(outset);
  promise.rising = all.rising;
  for (size_t i = 0; i < kWays; ++i) {
    const auto& [base, scale] = all.ways[i];
    const double answer = std::max(base + scale * errors_[i].Quantile(all.level), 0.0);
    promise.answers[i] = static_cast<float>(answer);
    promise.bases[i] = static_cast<float>(base);
    promise.scales[i] = static_cast<float>(std::max(scale, 1e-37));
    promise.quantile += all.weights[i] * answer;
  }
  return promise;
}

void IntervalTracker::Quantiles(const Outset& outset, std::span<const double> quantiles,
                                std::span<double> values) const {
  const Ways all = WaysFor(outset);
  const auto logit = [](double share) { return std::log(share / (1 - share)); };
  const double steered_by = logit(all.level) - logit(quantile_);
  for (size_t k = 0; k < quantiles.size(); ++k) {
    const double level = quantiles[k] == quantile_ ? all.level : 1 / (1 + std::exp(-logit(quantiles[k]) - steered_by));
    values[k] = 0;
    for (size_t i = 0; i < kWays; ++i) {
      const auto& [base, scale] = all.ways[i];
      values[k] += all.weights[i] * std::max(base + scale * errors_[i].Quantile(level), 0.0);
    }
  }
}

void IntervalTracker::Settle(const Promise& promise, double actual) {
  const double covered = actual <= promise.quantile ? 1 : 0;
  aggregation_.Learn(covered - quantile_, promise.quantile, promise.answers);
  // The first error comes before there is a scale, and is one.
  const double least = promise.promised ? 0 : std::abs(actual - promise.expected);
  for (size_t i = 0; i < kWays; ++i) {
    errors_[i].Add((actual - promise.bases[i]) / std::max<double>(promise.scales[i], least));
  }

  rising_share_ += kShareGain * ((promise.rising ? 1 : 0) - rising_share_);
  const double share = std::min(rising_share_, 0.5);
  const double steady_target =
      std::max(quantile_ - kMostSteadyMisses, (quantile_ - share * rising_target_) / (1 - share));
  double& level = promise.rising ? rising_level_ : steady_level_;
  const double target = promise.rising ? rising_target_ : steady_target;
  level = std::clamp(level + learning_rate_ * (target - covered), kLowestLevel, 0.999);

  ++settled_;
  const double gain = std::max(1 / kRecent, 1 / settled_);
  const auto bounded = [this](double size, double mean) {
    return settled_ > kJudgesOutliers && mean > 0 ? std::min(size, kOutlier * mean) : size;
  };
  const double size = bounded(std::abs(actual - promise.expected), recent_);
  recent_ += gain * (size - recent_);
  recent_of_last_ += gain * (bounded(std::abs(actual - promise.last), recent_of_last_) - recent_of_last_);
  for (size_t i = 0; i < 3; ++i) {  // the time before, the time itself, the time after
    Part& part = by_part_[(promise.part + kParts + i - 1) % kParts];
    const double weight = (i == 1 ? 1 : 0.5) * std::max(kPartGain, 1.0 / (part.count + 1));
    part.size += static_cast<float>((part.count == 0 ? 1 : weight) * (size - part.size));
    if (part.count < UINT16_MAX) ++part.count;
  }
  if (!promise.promised) return;
  coverage_.Add(covered, 1);
  // What was promised on the errors of the first hours says nothing about the load.
  if (++promised_ > per_day_ / kDaysPart) slack_.Add(std::max(promise.quantile - actual, 0.0), actual);
}

void IntervalTracker::ForgetSlack() {
  slack_ = RunningRatio(std::max(kAggregationDays * per_day_, 50.0));
  promised_ = 0;
}

std::optional<double> IntervalTracker::Coverage() const {
  return coverage_.empty() ? std::nullopt : std::optional(coverage_.Value());
}

size_t IntervalTracker::MemoryBytes() const {
  return errors_.capacity() * sizeof(ErrorHistogram) + aggregation_.MemoryBytes() + by_part_.capacity() * sizeof(Part);
}

}  // namespace dso::forecast
