// Reading and writing an autoscaler of somebody else at the API server. Loop thread only.
#pragma once

#include <optional>
#include <string>

#include "controller/adoptable.h"
#include "controller/pass.h"

namespace dso::controller {

// nullopt if there is no such object, or no such kind.
Task<Result<std::optional<Adoptable>>> ReadAdoptable(World& world, std::string ns, api::AdoptedAutoscaler ref);

// The object after the merge patch. kNotFound if it, or its kind, is gone; kConflict if it was overtaken.
Task<Result<Adoptable>> WriteAdoptable(World& world, Adoptable live, kube::Json patch);

}  // namespace dso::controller
