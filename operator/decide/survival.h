// How long something takes, where some of it was not seen to the end: the product-limit estimate
// (E. L. Kaplan, P. Meier: Nonparametric Estimation from Incomplete Observations, JASA 53, 1958).
//
//   S(t) = product over the ends t_i <= t of (1 - 1 / number still under way just before t_i)
//
// What was not seen to the end ("censored") counts as under way up to its length and says nothing of what comes after.
// So its weight goes to the longer ones: another censored sample never makes a quantile shorter.
// Pure, thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "base/time.h"

namespace dso::decide {

struct Lifetime {
  milliseconds length{0};
  bool ended = true;  // false: it had lasted that long when it was lost sight of
};

// The shortest length t with S(t) <= 1 - quantile, which without censored samples is the nearest-rank quantile.
// Empty if S does not come down to that: the quantile is beyond all that was seen. quantile in (0, 1).
std::optional<milliseconds> QuantileOf(std::vector<Lifetime> lifetimes, double quantile);

}  // namespace dso::decide
