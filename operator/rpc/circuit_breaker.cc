#include "rpc/circuit_breaker.h"

#include <algorithm>

namespace dso::rpc {

bool CircuitBreaker::Allow(SteadyTime now) {
  if (!open_) return true;
  if (now < until_ || probing_) return false;
  probing_ = true;
  return true;
}

void CircuitBreaker::Succeeded() { *this = CircuitBreaker(); }

void CircuitBreaker::Failed(SteadyTime now) {
  ++failures_;
  // Of those that were under way when it opened.
  if (open_ && !probing_) return;
  if (failures_ < kFailuresToOpen) return;
  pause_ = open_ ? std::min(2 * pause_, kLongestPause) : kShortestPause;
  open_ = true;
  probing_ = false;
  until_ = now + pause_;
}

}  // namespace dso::rpc
