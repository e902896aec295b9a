// Additive Holt-Winters with a damped trend, any number of seasons, an autocorrelated residual and robust updates.
//
//   one step ahead   ŷ(t)   = l + φb + Σ s_i                               and d = y(t) − ŷ(t), the innovation
//   update           l ← l + φb + αd     b ← φb + αβd     s_i ← s_i + γ_i d     r ← (1 − α)d
//   h steps ahead    ŷ(t+h) = l + (φ + … + φ^h)b + Σ s_i(t+h) + ρ^h r
//
// Sources: Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., §8.3 and §8.5 (damped additive
// Holt-Winters in error-correction form); Taylor (2003), "Short-term electricity demand forecasting using double
// seasonal exponential smoothing" (two seasons and the AR(1) term; here r is the part of d that the level has not taken
// up, so that ρ runs from plain smoothing, 0, to the last value plus the change of the season, 1); Gelper, Fried &
// Croux (2010), "Robust forecasting with exponential and Holt-Winters smoothing" (clipped innovations).
//
// Every operation is O(number of seasons). Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "forecast/series.h"

namespace dso::forecast {

inline constexpr double kNoClip = std::numeric_limits<double>::infinity();

// The constants of a filter. All are shares in [0, 1] but `clip`. The default is the last value.
struct Smoothing {
  double level = 1;              // α
  double trend = 0;              // β
  double damping = 1;            // φ a step
  double residual = 0;           // ρ a step
  std::vector<double> season{};  // γ_i, one for each season
  double clip = kNoClip;         // innovations beyond this many scales (mean absolute innovations) are cut to it
};

// φ + φ² + … + φ^h: how many steps' worth of a trend there are in h steps.
double DampedSteps(double damping, double h);

// One season: the deviation from the level at each slot of its period. Never empty.
using Profile = std::vector<float>;

// The slot of a bucket: bucket mod period, not negative. Precondition: period > 0.
size_t SlotOf(Bucket bucket, size_t period);

// The largest value of a path of forecasts and the bucket it is in.
struct PathPeak {
  double value = 0;
  Bucket bucket = 0;
};

class HoltWinters {
 public:
  // All but the seasons; small, so that a caller may look ahead on a copy.
  struct State {
    Bucket bucket = 0;    // the last bucket that is taken into account
    double level = 0;     // l
    double trend = 0;     // b, a step
    double residual = 0;  // r
    double scale = 0;     // mean absolute innovation, exponentially weighted
    int run = 0;          // large innovations in a row on one side; negative if they were below
    int64_t updates = 0;  // so far; while 1/updates > α the level is the mean of all values
  };

  // `constants.season` and `seasons` are of one length. `state` is that of just before the first bucket to come.
  HoltWinters(Smoothing constants, std::vector<Profile> seasons, State state);
  // The same seasons and state under other constants.
  HoltWinters With(Smoothing constants) const { return {std::move(constants), seasons_, state_}; }

  // Moves on to the next bucket with its value. A level shift is let through after a few innovations beyond the clip on
  // one side: the level then catches up within a few steps, and the seasons do not learn from it.
  void Update(double value);
  // Moves on to the next bucket, whose value is missing.
  void Skip();
  // Update, or Skip where `value` is NaN.
  void Take(float value);

  const State& state() const { return state_; }
  const Smoothing& constants() const { return constants_; }
  // The state as if the values up to `bucket` were missing and that of `bucket` were `value`, believed to the share
  // `weight` (0: as Skip, 1: as Update). The seasons stay as they are. Precondition: bucket > state().bucket.
  State Peek(Bucket bucket, double value, double weight) const;

  // The forecast of a bucket from `state` (of this filter, or of its Peek). May be negative: clamping is the caller's.
  // A bucket that is not after the state's gives the estimate of the state itself.
  double Forecast(const State& state, Bucket bucket) const;
  double Forecast(Bucket bucket) const { return Forecast(state_, bucket); }
  // The maximum of the forecasts of [first, last]. O(last − first). Precondition: first <= last.
  PathPeak Peak(const State& state, Bucket first, Bucket last) const;

  size_t MemoryBytes() const;

 private:
  // What one value does to the state and, as a share γ of `innovation`, to the seasons.
  struct Step {
    State next;
    double innovation;
  };
  // Both from the state of the bucket before to that of the next.
  Step Advance(const State& state, double value, double weight) const;
  // The state after `steps` missing values.
  State Age(State state, Bucket steps) const;
  double SeasonAt(Bucket bucket) const;
  void MovePhase();

  Smoothing constants_;
  std::vector<Profile> seasons_;
  std::vector<uint32_t> phase_;  // the slot of the bucket after state_.bucket, for each season
  State state_;
};

}  // namespace dso::forecast
