// A token bucket: `burst` at once, `per_second` in the long run. Pure but for the time it is given; not thread-safe.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace dso::runtime {

class TokenBucket {
 public:
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // Takes a token if there is one.
  bool TryTake(SteadyTime now) {
    Refill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  // Takes a token in advance and says how long to wait until it is due (0 if there was one).
  milliseconds Reserve(SteadyTime now) {
    Refill(now);
    // The debt is bounded: what is turned away for an hour must not wait for hours afterwards.
    tokens_ = std::max(tokens_ - 1, -burst_);
    return tokens_ >= 0 ? milliseconds(0) : milliseconds(static_cast<int64_t>(-tokens_ / per_second_ * 1000));
  }

 private:
  void Refill(SteadyTime now) {
    const double elapsed_seconds = std::chrono::duration<double>(now - last_).count();
    tokens_ = std::min(burst_, tokens_ + elapsed_seconds * per_second_);
    last_ = now;
  }

  double per_second_;
  double burst_;
  double tokens_;
  SteadyTime last_{};  // a new bucket is full, so how long it has been so does not matter
};

}  // namespace dso::runtime
