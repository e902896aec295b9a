// Which autoscalers and services are about a service's workload besides its own: those in the way, and the adopted one.
// Reads the cache and nothing else. Loop thread only.
#pragma once

#include <optional>

#include "controller/adoption_rules.h"
#include "controller/pass.h"

namespace dso::controller {

// An HPA, or an older DeepSeekService, that has the workload. The autoscaler that the spec adopts is none, nor is the
// HPA that KEDA made for an adopted ScaledObject.
std::optional<Verdict> FindConflict(const ClusterCache& cache, const Pass& pass);

// Whether `live` is held by another service that refers to it.
Rival FindRival(const ClusterCache& cache, const Pass& pass, const Adoptable& live);

// The HPA that carries the service's floor: its own, the adopted one, or the one that KEDA made for the adopted
// ScaledObject. Null if it is not there.
std::shared_ptr<const LiveAutoscaler> FindCarrier(const ClusterCache& cache, const CachedService& cached);

}  // namespace dso::controller
