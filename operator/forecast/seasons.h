// First estimates of the seasons of a series. The m slots of a season are never optimised numerically: they are read
// off the history, which is faster by orders of magnitude and does not overfit. All functions are pure and thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "forecast/holt_winters.h"

namespace dso::forecast {

// The number of slots of a season on the grid, rounded: a season that is not a whole number of steps drifts by the
// difference each period. At least 2.
size_t SlotsOf(milliseconds season, milliseconds step);

// One profile for each of `periods` (in slots, ascending): the median for each phase of (y − centred mean over one
// period), lightly smoothed round the circle and centred on zero; a longer season describes what the shorter ones
// leave. `values` are consecutive buckets from `first`, NaN where missing. Precondition: at least the longest period of
// values. A phase without a value gets 0. O(n) for each season.
std::vector<Profile> EstimateProfiles(std::span<const float> values, Bucket first, std::span<const size_t> periods);

}  // namespace dso::forecast
