// Keeps the score of a model at the one lead that matters: issues a forecast of the maximum over the coming lead at
// each step, looks what came, and learns the margin that turns the forecast into a quantile.
//
// The margin is a quantile of recent residuals (calibration.h), absolute ones. Dividing them by the forecast or its
// square root lowered the pinball loss on four to seven of twelve runs over traces of real load, by up to 23 %, but
// raised it by 25 to 145 % on one with on/off bursts. Residuals of yesterday do not cover exactly when the load
// changes, so the level of that quantile is itself steered by the misses: Gibbs & Candès (2021), "Adaptive conformal
// inference under distribution shift", equation 2. Not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "forecast/calibration.h"
#include "forecast/holt_winters.h"

namespace dso::forecast {

class LeadTracker {
 public:
  // lead: in steps, >= 1. quantile: in (0, 1).
  LeadTracker(size_t lead, double quantile);

  // Call after each step of `filter`, when `series` holds the step's value: settles what is due and issues the next.
  // O(lead), at a stride that keeps the average at a few dozen operations a step.
  void Step(const HoltWinters& filter, const Series& series);

  // False until a first forecast has been settled.
  bool calibrated() const { return !residuals_.empty(); }
  // What to add to the largest forecast of a window for its median and for the quantile.
  double MedianMargin() const { return residuals_.Quantile(0.5); }
  double QuantileMargin() const { return residuals_.Quantile(steered_); }

  // Weighted absolute percentage error at the lead, Σ|actual − forecast| / Σ actual; nothing before the first error.
  std::optional<double> Wape() const;
  // The share of maxima that the quantile issued for them covered.
  std::optional<double> Coverage() const;

  // Takes over the coverage of a tracker that is replaced: what was promised stays promised.
  void KeepCoverageOf(const LeadTracker& other) {
    if (!other.coverage_.empty()) coverage_ = other.coverage_;
  }

  size_t MemoryBytes() const { return residuals_.MemoryBytes(); }

 private:
  struct Issued {
    Bucket at;        // the last bucket known then; the window is the `lead` buckets after it
    double peak;      // the largest forecast of the window
    double quantile;  // what PeakOver would have promised
    bool promised;    // false while there was no margin to promise with
    double at_lead;   // the forecast of the window's last bucket
  };
  void Settle(const Issued& issued, const Series& series);

  Bucket lead_;
  Bucket stride_;
  double quantile_;  // promised
  double steered_;   // the level that has lately kept the promise
  ResidualRing residuals_;
  RunningRatio wape_;
  RunningRatio coverage_;
  std::deque<Issued> pending_;  // oldest first, at most lead / stride + 1
};

}  // namespace dso::forecast
