// spec.podDisruptionBudget: a PodDisruptionBudget for the pods of the template. Never a second one on the same pods:
// the eviction API refuses every eviction of a pod that two budgets select. Loop thread only.
#pragma once

#include <optional>
#include <string>

#include "controller/pass.h"

namespace dso::controller {

// Makes it, keeps it, or removes it. Sets record.disruption_budget, and nothing else of the record: what goes wrong
// here is no concern of the floor.
Task<Status> ApplyDisruptionBudget(World& world, Pass& pass);

// The name of a budget in the namespace that is not the service's own and selects the pods of the template.
std::optional<std::string> FindOtherBudget(const ClusterCache& cache, const CachedService& cached);

}  // namespace dso::controller
