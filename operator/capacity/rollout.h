// How many pods of a workload may exist at one moment while it is scaled and rolled out. Pure and thread-safe.
//
// A Deployment that is rolled out has up to replicas + maxSurge pods, and that many hold connections. Pods that are
// asked to go are no replicas any more for Kubernetes, but hold theirs until they exit: a rollout replaces surge +
// maxUnavailable pods at a time, and several such waves if it is quicker than they exit. Percentages are of the replica
// count; Kubernetes rounds a surge up and what may be unavailable down, and takes 1 for the latter if both come to 0
// (ResolveFenceposts in k8s.io/kubernetes/pkg/controller/deployment/util).
#pragma once

#include <cstdint>

#include "base/time.h"

namespace dso::capacity {

// A number of pods, or a percentage of the replica count.
struct PodShare {
  int value = 0;  // >= 0; a percentage may be above 100
  bool is_percent = false;

  friend bool operator==(const PodShare&, const PodShare&) = default;
};

struct Rollout {
  PodShare max_surge{25, true};
  PodShare max_unavailable{25, true};
  // Old pods are gone before new ones are made (strategy Recreate, a StatefulSet): neither surge nor overlap.
  bool replaces_in_place = false;
  milliseconds termination_grace = seconds(30);
  // A new pod is not available, and its predecessor not asked to go, before it has been ready for this long.
  milliseconds min_ready{0};

  friend bool operator==(const Rollout&, const Rollout&) = default;
};

// Beside minReadySeconds, a new pod is taken to need this long until it is available. Where it is quicker and its
// predecessor slow to exit, more waves terminate at once than the grace period says: that has to be seen
// (`seen_waves`).
inline constexpr milliseconds kQuickestStart = seconds(30);

struct WorstCasePods {
  int replicas = 0;
  int surge = 0;
  int terminating = 0;

  int64_t Total() const { return int64_t{replicas} + surge + terminating; }
};

// Of a workload that may have `replicas` of them; `seen_waves`: the most that were seen terminating at once, see below.
// Precondition: both >= 0.
WorstCasePods PodsAtWorst(const Rollout& rollout, int replicas, int seen_waves);

// The most replicas, at most `limit`, whose pods at worst are no more than `pods`; 0 if not even one fits.
int MostReplicasWithin(const Rollout& rollout, int64_t pods, int seen_waves, int limit);

// How many waves of a rollout of `replicas` the pods on their way out come from, rounded up.
int WavesTerminating(const Rollout& rollout, int replicas, int terminating);

}  // namespace dso::capacity
