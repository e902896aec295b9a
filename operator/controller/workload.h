// The Deployment of spec.template and its Service. Loop thread only.
#pragma once

#include "controller/pass.h"

namespace dso::controller {

// The Deployment, and the first replica count of one that has just been made. Nothing for a targetRef.
Task<Status> ApplyWorkload(World& world, Pass& pass);

// The Service where one is declared; else it is removed.
Task<Status> ApplyService(World& world, Pass& pass);

// The Deployment of a template that has given way to a targetRef, once the HPA scales the new target; unless it is that
// target itself.
Task<Status> RemoveFormerWorkload(World& world, Pass& pass);

}  // namespace dso::controller
