// Quantiles that keep their promise: turns a forecast into "stays below this with probability q".
//
// Several ways to put a margin on a forecast compete: each has a base (the forecast, the last value, what earlier days
// reached) and a scale that its errors are divided by (constant, lately seen errors, those of this time of day, the
// height of the demand, the size of the rise that is expected, …). Of each the margin is the conformal quantile of its
// own errors (histogram.h). Their answers are combined by pinball loss (aggregation.h), and the level that they are
// asked for is steered by the misses, so that coverage also holds while the load drifts:
//   level ← level + η (q − covered)
// Gibbs & Candès (2021), "Adaptive conformal inference under distribution shift", equation 2. There are two levels: a
// miss while demand rises is what makes a service busy, so windows in which a clear rise is expected are promised fewer
// misses, and the others so many more that the whole keeps q.
//
// Not thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "forecast/aggregation.h"
#include "forecast/archive.h"
#include "forecast/envelope.h"
#include "forecast/histogram.h"

namespace dso::forecast {

// A sum of errors relative to a sum of values, or of hits relative to tries, over about the last `memory` entries:
// older entries lose half of their weight whenever that many more have come.
class RunningRatio {
 public:
  explicit RunningRatio(double memory) : memory_(memory) {}

  void Add(double numerator, double denominator);
  bool empty() const { return entries_ == 0; }
  // At most 1e9; 0 if the denominators add up to 0.
  double Value() const { return denominator_ > 0 ? std::min(numerator_ / denominator_, 1e9) : 0; }

  template <typename Archive>
  void Persist(Archive& archive) {
    archive(entries_, numerator_, denominator_);
  }

 private:
  double memory_;
  double entries_ = 0;
  double numerator_ = 0;
  double denominator_ = 0;
};

// What is known when a forecast is made.
struct Outset {
  double expected = 0;  // the forecast
  double last = 0;      // the newest value
  double typical = 0;   // a long mean of the demand
  double rise = 0;      // expected at the lead less the estimate of now
  size_t part = 0;      // of the day that the forecast is for, in [0, IntervalTracker::kParts)
  std::optional<Envelope::Reached> earlier;
};

struct IntervalOptions {
  double quantile = 0.9;  // q, in (0, 1)
  double overlap = 1;     // so many issued forecasts share one lead
  double per_day = 288;   // so many forecasts are issued in a day
  // How many of the misses that are allowed on the whole are allowed where a clear rise is expected; in (0, 1].
  double rising_misses = 0.6;
};

class IntervalTracker {
 public:
  static constexpr size_t kWays = 14;
  static constexpr size_t kParts = 96;

  explicit IntervalTracker(const IntervalOptions& options);

  struct Promise {
    double quantile = 0;
    std::array<float, kWays> answers;  // of each way
    std::array<float, kWays> bases;
    std::array<float, kWays> scales;
    double expected = 0;
    double last = 0;
    size_t part = 0;
    bool rising = false;
    bool promised = false;  // false while there was no error to learn from

    template <typename Archive>
    void Persist(Archive& archive) {
      archive(quantile);
      for (auto* ways : {&answers, &bases, &scales}) {
        for (float& way : *ways) archive(way);
      }
      archive(expected, last, part, rising, promised);
    }
  };
  // What would be promised now. O(ways).
  Promise Issue(const Outset& outset) const;
  // Quantiles of the same forecast: each in (0, 1), ascending as `quantiles` are. The level of each is steered as that
  // of the promised one is, by as many logits; that one is what Issue() promises. O(ways × quantiles).
  void Quantiles(const Outset& outset, std::span<const double> quantiles, std::span<double> values) const;
  // Learns from what came of a promise.
  void Settle(const Promise& promise, double actual);

  // False until a first promise has been settled.
  bool calibrated() const { return settled_ > 0; }
  // The share of promises that were kept, over about a week.
  std::optional<double> Coverage() const;
  // How much of what was promised stood idle, relative to what came: Σ(quantile − actual)⁺ / Σ actual, over some days.
  // 0 before a day of promises has been settled: a launch is no burst.
  double Slack() const { return promised_ < per_day_ ? 0 : slack_.Value(); }
  // Forgets the slack: the forecasts have become others.
  void ForgetSlack();

  template <typename Archive>
  void Persist(Archive& archive) {
    archive(errors_, aggregation_, by_part_, recent_, recent_of_last_, settled_, promised_, steady_level_,
            rising_level_, rising_share_, coverage_, slack_);
  }
  size_t MemoryBytes() const;

 private:
  struct Way {
    double base;
    double scale;
  };
  struct Ways {
    std::array<Way, kWays> ways;
    std::array<double, kWays> weights;
    bool rising = false;
    double level = 0;  // that the promised quantile is asked for
  };
  Ways WaysFor(const Outset& outset) const;

  double quantile_;
  double learning_rate_;  // η
  double rising_target_;
  double per_day_;
  std::vector<ErrorHistogram> errors_;  // of each way, divided by its scale
  Aggregation aggregation_;
  struct Part {
    float size = 0;  // mean |error| at this time of day
    uint16_t count = 0;
    template <typename Archive>
    void Persist(Archive& archive) {
      archive(size, count);
    }
  };
  std::vector<Part> by_part_;
  double recent_ = 0;          // mean |error| lately
  double recent_of_last_ = 0;  // the same of the last value as a forecast
  double settled_ = 0;
  double promised_ = 0;  // of these
  double steady_level_;
  double rising_level_;
  double rising_share_ = 0.1;
  RunningRatio coverage_;
  RunningRatio slack_;
};

}  // namespace dso::forecast
