#include "controller/pod_health.h"

#include <algorithm>

namespace dso::controller {
namespace {

constexpr milliseconds kPatience = std::chrono::minutes(30);
constexpr int kStartUpsToWait = 3;
constexpr int kRestartsOfALoop = 3;

}  // namespace

bool IsStuck(const LivePod& pod, milliseconds p90, WallTime now) {
  return pod.restarts >= kRestartsOfALoop || now - pod.since > std::max(kStartUpsToWait * p90, kPatience);
}

void Count(const LivePod& pod, milliseconds p90, WallTime now, PodHealth& health) {
  if (pod.finished) return;
  if (pod.deleted) {
    ++health.terminating;
  } else if (pod.Ready()) {
    ++health.ready;
  } else {
    ++health.unready;
    if (pod.waits == PodWaits::kNode) ++health.unschedulable;
    if (IsStuck(pod, p90, now)) ++health.stuck;
  }
}

}  // namespace dso::controller
