// The service's own HorizontalPodAutoscaler. Loop thread only.
#pragma once

#include "controller/pass.h"

namespace dso::controller {

Task<Status> ApplyOwnAutoscaler(World& world, Pass& pass);

// Once the spec adopts another autoscaler.
Task<Status> RemoveOwnAutoscaler(World& world, Pass& pass);

}  // namespace dso::controller
