#include "capacity/rollout.h"

#include <algorithm>
#include <limits>

namespace dso::capacity {
namespace {

int64_t RoundedUp(const PodShare& share, int64_t replicas) {
  return share.is_percent ? (share.value * replicas + 99) / 100 : share.value;
}

int64_t RoundedDown(const PodShare& share, int64_t replicas) {
  return share.is_percent ? share.value * replicas / 100 : share.value;
}

int Narrow(int64_t pods) { return static_cast<int>(std::min<int64_t>(pods, std::numeric_limits<int>::max())); }

// The pods that a rollout adds at once, and those that it replaces.
struct Wave {
  int64_t surge = 0;
  int64_t replaced = 0;
};

Wave WaveOf(const Rollout& rollout, int replicas) {
  if (rollout.replaces_in_place || replicas == 0) return {};
  const int64_t surge = RoundedUp(rollout.max_surge, replicas);
  int64_t unavailable = std::min<int64_t>(RoundedDown(rollout.max_unavailable, replicas), replicas);
  if (surge == 0 && unavailable == 0) unavailable = 1;
  return {surge, surge + unavailable};
}

int64_t WavesWithinGrace(const Rollout& rollout) {
  const milliseconds apart = kQuickestStart + rollout.min_ready;
  return (rollout.termination_grace + apart - milliseconds(1)) / apart;
}

}  // namespace

WorstCasePods PodsAtWorst(const Rollout& rollout, int replicas, int seen_waves) {
  const Wave wave = WaveOf(rollout, replicas);
  const int64_t waves = std::max<int64_t>(WavesWithinGrace(rollout), seen_waves);
  // No more can be on their way out than there were, so neither factor has to be larger: the product stays a number.
  const int64_t most = replicas;
  const int64_t terminating = std::min(std::min(waves, most) * std::min(wave.replaced, most), most);
  return {.replicas = replicas, .surge = Narrow(wave.surge), .terminating = Narrow(terminating)};
}

int MostReplicasWithin(const Rollout& rollout, int64_t pods, int seen_waves, int limit) {
  // The total grows with the replicas, each of which is one of its pods.
  int fits = 0;
  int beyond = Narrow(std::clamp<int64_t>(pods, 0, limit)) + 1;
  while (beyond - fits > 1) {
    const int middle = fits + (beyond - fits) / 2;
    (PodsAtWorst(rollout, middle, seen_waves).Total() <= pods ? fits : beyond) = middle;
  }
  return fits;
}

int WavesTerminating(const Rollout& rollout, int replicas, int terminating) {
  const Wave wave = WaveOf(rollout, replicas);
  return wave.replaced == 0 ? 0 : Narrow((terminating + wave.replaced - 1) / wave.replaced);
}

}  // namespace dso::capacity
