#include "sim/hpa.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "capacity/formula.h"

namespace dso::sim {
namespace {

constexpr double kTolerance = 0.1;  // --horizontal-pod-autoscaler-tolerance
// behavior.scaleUp's default policies: 4 pods or 100 % each 15 s, whichever is more.
constexpr int kUpPods = 4;
constexpr int kUpFactor = 2;
constexpr int kMostReplicas = 1'000'000'000;

bool IsWithinTolerance(double ratio) { return ratio >= 1 - kTolerance && ratio <= 1 + kTolerance; }

// Whole percent, truncated as the controller does. The addend undoes rounding: 0.7 · 100 is 70.
double TruncatedPercent(double share) { return std::floor(share * 100 + 1e-9); }

int Rounded(double replicas) { return static_cast<int>(std::min(std::ceil(replicas), double{kMostReplicas})); }

}  // namespace

int ReplicasAtRest(const HpaOptions& options, double demand, int min_replicas) {
  const double planned = options.capacity_per_replica * options.target_percent / 100;
  return std::clamp(capacity::ReplicasFor(demand, planned), min_replicas, options.max_replicas);
}

SimulatedHpa::SimulatedHpa(const HpaOptions& options, int replicas)
    : options_(options), ready_(std::max(replicas, 1)) {}

void SimulatedHpa::Advance(WallTime now) {
  auto starting = batches_.begin();
  for (; starting != batches_.end() && starting->ready_at <= now; ++starting) {
    ready_ += starting->pods;
    starting_ -= starting->pods;
  }
  batches_.erase(batches_.begin(), starting);
}

int SimulatedHpa::Recommend(double demand) const {
  const double usage = std::min(demand / capacity(), 1.0);  // of each ready pod
  const double ratio = TruncatedPercent(usage) / options_.target_percent;
  const bool upwards_with_unready = starting_ > 0 && ratio > 1;
  if (!upwards_with_unready) return IsWithinTolerance(ratio) ? replicas() : Rounded(ratio * ready_);

  const double usage_of_all = usage * ready_ / replicas();
  const double new_ratio = TruncatedPercent(usage_of_all) / options_.target_percent;
  if (new_ratio < 1 || IsWithinTolerance(new_ratio)) return replicas();
  return std::max(Rounded(new_ratio * replicas()), replicas());
}

void SimulatedHpa::Sync(WallTime now, double demand, int min_replicas) {
  const int current = replicas();
  const int least = std::min(min_replicas, options_.max_replicas);
  const SteadyTime steady{now.time_since_epoch()};
  // As the controller does: what stood before it came is its first recommendation.
  if (!std::exchange(synced_, true)) recommendations_.Note(steady, current);
  if (current > options_.max_replicas) return ScaleTo(options_.max_replicas, now);
  if (current < least) return ScaleTo(least, now);

  int wanted = Recommend(demand);
  recommendations_.Note(steady, wanted);
  // One more millisecond, because a recommendation that is exactly as old as the window still counts.
  const int recent = recommendations_.Maximum(steady, options_.scale_down_window + milliseconds(1));
  if (wanted < current) wanted = std::min(recent, current);
  if (wanted > current) wanted = std::min(wanted, std::max(current * kUpFactor, current + kUpPods));
  ScaleTo(std::clamp(wanted, least, options_.max_replicas), now);
}

void SimulatedHpa::ScaleTo(int replicas, WallTime now) {
  int more = replicas - this->replicas();
  if (more > 0) {
    batches_.push_back({now + options_.startup, more});
    starting_ += more;
    return;
  }
  // A ReplicaSet deletes pods that are not ready first, the youngest first.
  while (more < 0 && !batches_.empty()) {
    const int taken = std::min(-more, batches_.back().pods);
    batches_.back().pods -= taken;
    starting_ -= taken;
    more += taken;
    if (batches_.back().pods == 0) batches_.pop_back();
  }
  ready_ += more;
}

}  // namespace dso::sim
