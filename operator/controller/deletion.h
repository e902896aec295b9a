// The end of a service that has our finalizer: the adopted autoscaler is given back, and with deletionPolicy Retain its
// objects are let go of. Without the finalizer there is nothing to do: the garbage collector follows the owner
// references. Loop thread only.
#pragma once

#include <string>

#include "controller/pass.h"

namespace dso::controller {

// What is gone needs nothing: an object, a kind or a whole API that does not exist (any more) is a success. An error
// means: try again; what a person has to do is in the record then, and pass.refused is set if only that helps.
Task<Status> Finalize(World& world, Pass& pass);

// Takes the ownerReference with this UID off the object, leaves other owners, and merges `change` into it in the same
// write.
Task<Status> ReleaseChild(kube::Client& client, kube::ResourceType type, kube::ObjectKey key, std::string owner_uid,
                          kube::Json change);

// A merge patch that takes the owner away; nullopt if the object does not have it. Pure.
std::optional<kube::Json> ReleasePatch(const kube::Json& object, const std::string& owner_uid);

}  // namespace dso::controller
