// Exponential back-off with jitter. Not thread-safe.
#pragma once

#include <algorithm>
#include <optional>
#include <random>

#include "base/time.h"

namespace dso::runtime {

struct BackoffLimits {
  milliseconds first;
  milliseconds longest;
};

class Backoff {
 public:
  explicit Backoff(BackoffLimits limits, uint32_t seed = std::random_device()())
      : limits_(limits), next_(limits.first), random_(seed) {}

  // The next wait: doubled each time, then drawn from [half, whole] so that many clients do not come back at once. What
  // the server asked for (Retry-After) is a lower bound.
  milliseconds Next(std::optional<milliseconds> retry_after = std::nullopt) {
    const milliseconds whole = next_;
    next_ = std::min(limits_.longest, next_ * 2);
    const milliseconds wait(std::uniform_int_distribution<int64_t>(whole.count() / 2, whole.count())(random_));
    return std::max(wait, retry_after.value_or(milliseconds(0)));
  }
  void Reset() { next_ = limits_.first; }

 private:
  BackoffLimits limits_;
  milliseconds next_;
  std::minstd_rand random_;
};

}  // namespace dso::runtime
