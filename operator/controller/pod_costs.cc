#include "controller/pod_costs.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace dso::controller {
namespace {

// The annotation is an int32.
constexpr int kLargestExponent = 30;

bool IsReplica(const LivePod& pod) { return !pod.deleted && !pod.finished; }

}  // namespace

int32_t DeletionCostOf(double in_flight) {
  if (in_flight <= 0) return 0;
  const int exponent = std::clamp(std::ilogb(in_flight), 0, kLargestExponent);
  return int32_t{1} << exponent;
}

CostPlan PlanCosts(const PodsByName& pods, const prom::PodValues& in_flight) {
  CostPlan plan;
  std::vector<std::pair<int64_t, CostPatch>> changes;  // and how far each cost is off
  for (const auto& [name, pod] : pods) {
    const auto value = in_flight.find(name);
    if (value == in_flight.end() || !IsReplica(*pod) || !pod->Ready()) continue;
    plan.any_known = true;
    const int32_t cost = DeletionCostOf(value->second);
    if (cost == pod->deletion_cost) continue;
    changes.emplace_back(std::abs(int64_t{cost} - pod->deletion_cost), CostPatch{name, pod->uid, cost});
  }
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second.pod < b.second.pod;
  });
  if (changes.size() > kMostCostPatches) changes.resize(kMostCostPatches);
  for (auto& [off_by, patch] : changes) plan.patches.push_back(std::move(patch));
  return plan;
}

bool MayChoosePods(const api::ReplicaBounds& bounds, const decide::Decision& decision, const PodsByName& pods) {
  const auto count = [&pods](auto is_meant) {
    return std::count_if(pods.begin(), pods.end(), [&](const auto& entry) { return is_meant(*entry.second); });
  };
  const int least = std::min(decision.hpa_min_replicas, std::max(decision.wanted, bounds.min));
  return count(IsReplica) > least && count([](const LivePod& pod) { return IsReplica(pod) && pod.Ready(); }) > 1;
}

}  // namespace dso::controller
