// The service's own HorizontalPodAutoscaler. Loop thread only.
#pragma once

#include "controller/pass.h"

namespace dso::controller {

// That the service's own HPA is to carry now: replicas.max, or less where connections leave no room for it. `live`: the
// HPA as it is, null if there is none.
int MaxReplicas(const api::ServiceSpec& spec, const ServiceRecord& record, const LiveAutoscaler* live);

Task<Status> ApplyOwnAutoscaler(World& world, Pass& pass);

// Once the spec adopts another autoscaler.
Task<Status> RemoveOwnAutoscaler(World& world, Pass& pass);

}  // namespace dso::controller
