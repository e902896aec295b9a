#include "decide/saturation.h"

#include <algorithm>
#include <cmath>

namespace dso::decide {
namespace {

// Replicas are never loaded evenly: the first of them are full, and reject, before all are.
constexpr double kSaturatedFrom = 0.85;
constexpr double kFullFrom = 0.97;
// What is served beyond the capacity of the replicas shows that the figure is too low, not that they are full.
constexpr double kFullUntil = 1.25;
constexpr double kNoticedRejections = 0.01;  // of the attempts
constexpr double kNoticedQueue = 0.05;       // of the demand

}  // namespace

AskedDemand JudgeSaturation(const SeenDemand& seen, std::optional<int> ready, double full) {
  const auto [demand, rejected, waiting] = Plausible(seen);
  const double served = demand - rejected.value_or(0);
  AskedDemand asked{.value = served, .served = served};
  if (!ready || *ready < 0 || !std::isfinite(full) || !(full > 0)) return asked;

  const double carried = *ready * full;
  const bool busy = *ready > 0 ? served >= kSaturatedFrom * carried : served < demand;
  asked.saturated = busy || (waiting && *waiting > kNoticedQueue * demand);
  if (!asked.saturated) return asked;

  const double p = demand > 0 ? rejected.value_or(0) / demand : 0;
  asked.value = std::max(served, demand / (1 + p + p * p));
  asked.rejected_counted = asked.value - served;
  const bool at_capacity = *ready > 0 && served >= kFullFrom * carried && served <= kFullUntil * carried;
  asked.censored = p > kNoticedRejections || (at_capacity && !waiting);
  return asked;
}

}  // namespace dso::decide
