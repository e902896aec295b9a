// Which pods are cheap to delete, by the requests that each has in work. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/spec.h"
#include "controller/live_pod.h"
#include "decide/floor.h"
#include "prom/pod_values.h"

namespace dso::controller {

using PodsByName = std::unordered_map<std::string, std::shared_ptr<const LivePod>>;

// Requests in work, rounded down to 0, 1, 2, 4, 8, … so that an annotation changes rarely; what is above 0 and below 1
// is 1, since a pod that has worked within the window of an average is not idle. Precondition: finite, not negative.
int32_t DeletionCostOf(double in_flight);

struct CostPatch {
  std::string pod;
  uint64_t uid = 0;  // as LivePod's
  int32_t cost = 0;

  friend bool operator==(const CostPatch&, const CostPatch&) = default;
};

struct CostPlan {
  std::vector<CostPatch> patches;  // at most kMostCostPatches: the costs that are furthest off first
  bool any_known = false;          // one of the pods that could be deleted has a figure
};

inline constexpr size_t kMostCostPatches = 20;

// A pod that has no figure keeps the cost that it has. Left out are those that are unready, because Kubernetes deletes
// them first anyway, and those that are terminating or finished. What `in_flight` says of other pods is ignored.
CostPlan PlanCosts(const PodsByName& pods, const prom::PodValues& in_flight);

// Whether Kubernetes may have to choose soon: there are more pods than the HPA's minimum, or than what is wanted now,
// which the minimum comes down to when the scale-down window has passed; and two of them are ready.
bool MayChoosePods(const api::ReplicaBounds& bounds, const decide::Decision& decision, const PodsByName& pods);

}  // namespace dso::controller
