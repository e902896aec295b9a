// How errors have been distributed lately, in little memory: an exponentially forgetting histogram, and its quantiles.
//
// The bins are even in asinh(4x): 0.03 wide near 0 and 11 % of the value far out, up to ±25. Errors come divided by a
// scale that makes most of them smaller than a few units. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>

namespace dso::forecast {

class ErrorHistogram {
 public:
  static constexpr size_t kBins = 96;

  // `memory`: after so many errors an old one counts 1/e; >= 1.
  explicit ErrorHistogram(double memory);

  // What is beyond the outermost bins counts as in them. NaN is not allowed. O(1) amortised.
  void Add(double error);

  // The error that stays unexceeded with the probability q in (0, 1): the ⌈(n + 1)q⌉-th smallest of n errors (split
  // conformal prediction: Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018), Algorithm 2), interpolated within its
  // bin; the largest where n is too small for q; 0 if there is none. O(kBins).
  double Quantile(double q) const;

  template <typename Archive>
  void Persist(Archive& archive) {
    for (float& weight : weights_) archive(weight);
    archive(total_, newest_);
  }

 private:
  double growth_;  // of the weight of each new error, instead of a decay of all old ones
  std::array<float, kBins> weights_{};
  double total_ = 0;
  double newest_ = 1;
};

}  // namespace dso::forecast
