// How a live workload replaces its pods, out of its spec. Pure, thread-safe.
#pragma once

#include <optional>
#include <string_view>

#include "capacity/rollout.h"
#include "kube/object.h"

namespace dso::controller {

// `spec` of a workload of apps/v1 (or a ReplicationController). What is absent is Kubernetes' default, and so is what
// is of the wrong type. nullopt for a kind that nothing is known of.
std::optional<capacity::Rollout> RolloutOf(std::string_view kind, const kube::Json& spec);

// Of a kind that nothing is known of: as many pods again as there are replicas, which is what a blue-green deployment
// takes.
capacity::Rollout AssumedRollout();

}  // namespace dso::controller
