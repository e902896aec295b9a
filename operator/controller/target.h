// What spec.targetRef names: is it there, and can it be scaled? Loop thread only.
#pragma once

#include "controller/pass.h"

namespace dso::controller {

// Reads the target at most once in kRecheck while all is well, in kPoolRecheck while its pods change their pools. Sets
// accepted, workload, the replica counts and the cores of a replica.
Task<Status> CheckTargetRef(World& world, Pass& pass, api::TargetRef target);

}  // namespace dso::controller
