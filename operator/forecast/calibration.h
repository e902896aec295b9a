// How far forecasts were off lately, and what margin on top of a forecast would have been enough.
//
// Split conformal prediction on a sliding window: the margin is the ⌈(n + 1)q⌉-th smallest of the last n residuals
// (actual − forecast). Source: Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018), "Distribution-free predictive
// inference for regression", Algorithm 2. Not thread-safe.
#pragma once

#include <cstddef>
#include <vector>

namespace dso::forecast {

class ResidualRing {
 public:
  // Remembers the newest `capacity` > 0 residuals, 8 bytes each.
  explicit ResidualRing(size_t capacity) : capacity_(capacity) {}

  // O(log n) and moves at most 4n bytes. Precondition: finite.
  void Add(double residual);

  bool empty() const { return sorted_.empty(); }
  size_t size() const { return sorted_.size(); }
  // The margin for the probability q in (0, 1); the largest residual where n is too small for q. O(1). 0 if empty.
  double Quantile(double q) const;

  size_t MemoryBytes() const { return (arrival_.capacity() + sorted_.capacity()) * sizeof(float); }

 private:
  size_t capacity_;
  size_t oldest_ = 0;
  std::vector<float> arrival_;  // in the order of arrival; a ring from oldest_ once full
  std::vector<float> sorted_;
};

// A sum of errors relative to a sum of values, or of hits relative to tries, over about the last `memory` entries:
// older entries lose half of their weight whenever that many more have come.
class RunningRatio {
 public:
  explicit RunningRatio(size_t memory) : memory_(memory) {}

  void Add(double numerator, double denominator);
  bool empty() const { return entries_ == 0; }
  // 0 if the denominators add up to 0.
  double Value() const { return denominator_ > 0 ? numerator_ / denominator_ : 0; }

 private:
  size_t memory_;
  size_t entries_ = 0;
  double numerator_ = 0;
  double denominator_ = 0;
};

}  // namespace dso::forecast
