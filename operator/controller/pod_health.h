// How the pods of a service are, for the rule that a floor is not released while some are on their way.
// Pure, thread-safe.
#pragma once

#include "controller/live_pod.h"

namespace dso::controller {

// Finished pods are in none of them.
struct PodHealth {
  int ready = 0;
  int unready = 0;      // starting or broken, and not terminating
  int terminating = 0;  // ready or not
  // Of the unready:
  int unschedulable = 0;
  int stuck = 0;  // see IsStuck

  // Pods on their way: a floor that is released now could take away what has not even come. Stuck ones do not count,
  // because a pod that crashes for days must not keep the floor of a peak for days.
  int UnderWay() const { return unready - stuck; }
};

// An unready pod that is not to be waited for: it has been unready for longer than three times the P90 of the start-ups
// and half an hour, or it is in a crash loop (unready after three restarts: a back-off alone would come and go).
bool IsStuck(const LivePod& pod, milliseconds p90, WallTime now);

void Count(const LivePod& pod, milliseconds p90, WallTime now, PodHealth& health);

// `pods`: a range of pointers to LivePods, for instance of the shared pointers of a store. `p90`: of their start-up.
template <typename Pods>
PodHealth HealthOf(const Pods& pods, milliseconds p90, WallTime now) {
  PodHealth health;
  for (const auto& pod : pods) Count(*pod, p90, now, health);
  return health;
}

}  // namespace dso::controller
