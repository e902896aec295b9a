#include "capacity/rollout.h"

#include <algorithm>
#include <limits>

namespace dso::capacity {
namespace {

int64_t Up(const PodShare& share, int64_t replicas) {
  return share.is_percent ? (share.value * replicas + 99) / 100 : share.value;
}

int64_t Down(const PodShare& share, int64_t replicas) {
  return share.is_percent ? share.value * replicas / 100 : share.value;
}

int Narrow(int64_t pods) { return static_cast<int>(std::min<int64_t>(pods, std::numeric_limits<int>::max())); }

// How many times in a grace period a rollout replaces as many pods as it may.
int64_t WavesWithinGrace(const Rollout& rollout) {
  const milliseconds apart = kQuickestStart + rollout.min_ready;
  return (rollout.termination_grace + apart - milliseconds(1)) / apart;
}

}  // namespace

WorstCasePods PodsAtWorst(const Rollout& rollout, int replicas, int seen_terminating) {
  WorstCasePods pods{.replicas = replicas, .surge = 0, .terminating = std::min(seen_terminating, replicas)};
  if (rollout.replaces_in_place || replicas == 0) return pods;
  const int64_t surge = Up(rollout.max_surge, replicas);
  int64_t unavailable = std::min<int64_t>(Down(rollout.max_unavailable, replicas), replicas);
  if (surge == 0 && unavailable == 0) unavailable = 1;
  // No more can be on their way out than there were.
  const int64_t replaced = std::min<int64_t>(WavesWithinGrace(rollout) * (surge + unavailable), replicas);
  pods.surge = Narrow(surge);
  pods.terminating = std::max(pods.terminating, Narrow(replaced));
  return pods;
}

int MostReplicasWithin(const Rollout& rollout, int64_t pods, int seen_terminating, int limit) {
  // The total grows with the replicas, each of which is one of its pods.
  int fits = 0;
  int beyond = Narrow(std::clamp<int64_t>(pods, 0, limit)) + 1;
  while (beyond - fits > 1) {
    const int middle = fits + (beyond - fits) / 2;
    (PodsAtWorst(rollout, middle, seen_terminating).Total() <= pods ? fits : beyond) = middle;
  }
  return fits;
}

}  // namespace dso::capacity
