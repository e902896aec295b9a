// The ConfigMap by which the pods get the sizes of their connection pools. Loop thread only.
#pragma once

#include "controller/pass.h"

namespace dso::controller {

// Makes it, and sets pass.pool_config_map to what the pod template may refer to: where it cannot be made, to what it
// refers to already.
Task<Status> ApplyPoolConfigMap(World& world, Pass& pass);

// Those that no template and no pod refers to any more.
Task<Status> RemoveFormerPoolConfigMaps(World& world, Pass& pass);

}  // namespace dso::controller
