// The PodDisruptionBudget of a service. Pure; deterministic; thread-safe.
#pragma once

#include "render/objects.h"

namespace dso::render {

// policy/v1 PodDisruptionBudget of the service's name for the pods of its template. A pod that is not ready may be
// evicted always: a service that is down must not also keep its node from being drained.
// Precondition: the spec is valid, has a template and a disruption budget.
Json PodDisruptionBudget(const api::DeepSeekService& service);

}  // namespace dso::render
