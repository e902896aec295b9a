// Chooses seasons and smoothing constants by the error that counts: that of a forecast made `lead` steps ahead, on
// values that the seasons were not estimated from. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "forecast/holt_winters.h"

namespace dso::forecast {

// What there is to learn from: consecutive values from bucket `first`, NaN where missing.
struct History {
  std::span<const float> values;
  Bucket first = 0;
};

struct Candidates {
  std::vector<size_t> periods;  // in slots, ascending
  bool optional = false;        // a season must earn its place by a clearly smaller error; otherwise all are used
};

// A chosen model. `train` values at the start of the history were used to estimate seasons for its choice; what comes
// after them was forecast without having been seen.
struct Selection {
  std::vector<size_t> periods;
  Smoothing constants;
  size_t train = 0;
};

// A season takes part in the choice if the history holds two of its periods. Cost: 9 to 17 passes over half of the
// history for each set of seasons tried (none, the shortest, the two shortest, …). Precondition: lead >= 1.
Selection SelectModel(const History& history, size_t lead, const Candidates& candidates);

// A filter whose seasons are estimated from the first `train` values, ready to take the value with the index `start`.
HoltWinters MakeFilter(const History& history, size_t train, std::span<const size_t> periods, Smoothing constants,
                       size_t start = 0);

}  // namespace dso::forecast
