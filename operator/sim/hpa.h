// A HorizontalPodAutoscaler (autoscaling/v2) on CPU utilisation and the pods that it scales, in virtual time.
//
// What kube-controller-manager does each 15 s (pkg/controller/podautoscaler: horizontal.go, replica_calculator.go):
//
//   outside [minReplicas, maxReplicas]   go straight to the bound; the metrics are not looked at
//   utilisation = int(100 · usage / requests) of the ready pods; ratio = utilisation / target
//   within the tolerance of 0.1 → keep;   else recommend ceil(ratio · ready pods)
//   above the target with pods that start → these count as 0 %; keep if that changes the direction
//   down: to the largest recommendation of the scale-down window;   up: to max(2 ×, + 4 pods) a sync at most
//
// The limits upwards are those of an HPA with `behavior`, which the operator's own always has. Pods use CPU in
// proportion to what they serve and are full at 100 % of their request. Deterministic; not thread-safe.
#pragma once

#include <vector>

#include "base/time.h"
#include "decide/floor_window.h"

namespace dso::sim {

inline constexpr milliseconds kHpaPeriod = seconds(15);

struct HpaOptions {
  double capacity_per_replica = 0;                 // what one ready pod serves at 100 % CPU, in the unit of demand; > 0
  int target_percent = 70;                         // averageUtilization; within 1 … 100
  int max_replicas = 100;                          // at most 1e9
  milliseconds startup = std::chrono::minutes(5);  // from the creation of a pod until it is ready
  milliseconds scale_down_window = std::chrono::minutes(5);
};

// What the demand needs at the target, within the bounds: where a simulation begins that knows nothing of the past.
// Precondition: 1 <= min_replicas <= max_replicas.
int ReplicasAtRest(const HpaOptions& options, double demand, int min_replicas);

class SimulatedHpa {
 public:
  // Begins with so many ready pods; at least one.
  SimulatedHpa(const HpaOptions& options, int replicas);

  // Lets the pods become ready whose time has come. Times do not go back.
  void Advance(WallTime now);

  // One turn of the HPA's loop, after Advance(now). Precondition: min_replicas >= 1.
  void Sync(WallTime now, double demand, int min_replicas);

  int ready() const { return ready_; }
  int replicas() const { return ready_ + starting_; }
  // What the ready pods can serve.
  double capacity() const { return ready_ * options_.capacity_per_replica; }

 private:
  struct Batch {
    WallTime ready_at;
    int pods;
  };

  // The number of replicas that the metrics ask for, before the window and the limits.
  int Recommend(double demand) const;
  void ScaleTo(int replicas, WallTime now);

  HpaOptions options_;
  int ready_;
  int starting_ = 0;
  std::vector<Batch> batches_;  // of the starting pods, oldest first
  decide::FloorWindow recommendations_;
  bool synced_ = false;
};

}  // namespace dso::sim
