// From values to pixels, and where the ticks of an axis belong.
// All functions are pure and thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace dso::sim {

class Scale {
 public:
  enum class Kind { kLinear, kSquareRoot };

  // [low, high] → [pixel_low, pixel_high]. A range that is empty or not finite becomes one around `low`.
  // Precondition of kSquareRoot: low = 0.
  Scale(double low, double high, double pixel_low, double pixel_high, Kind kind = Kind::kLinear);

  double operator()(double value) const;
  double low() const { return low_; }
  double high() const { return high_; }
  double pixel_low() const { return pixel_low_; }
  double pixel_high() const { return pixel_high_; }

 private:
  double low_;
  double high_;
  double pixel_low_;
  double pixel_high_;
  Kind kind_;
};

// The multiples of 1, 2 or 5 · 10ᵏ within [low, high]: the narrowest ones of which there are `at_most`, and whose
// distance is `least_step` or more. Only {low} if the range is empty. Precondition: at_most >= 2.
std::vector<double> NiceTicks(double low, double high, int at_most, double least_step = 0);

// For a square-root axis from 0: 0 and the 1, 2, 5 · 10ᵏ up to `high` that keep `least_pixels` from each other.
std::vector<double> SquareRootTicks(const Scale& scale, double least_pixels);

struct TimeTick {
  WallTime at;
  std::string label;  // "Mon 2 Mar", "09:00"; in UTC
};

// At round times of day, midnights, Mondays: as many as fit, but not more than `at_most`.
std::vector<TimeTick> TimeTicks(WallTime from, WallTime to, int at_most);

}  // namespace dso::sim
