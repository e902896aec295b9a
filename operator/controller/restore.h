// Gives back everything that services have adopted: for the uninstallation of the operator. Loop thread only.
//
// Idempotent: what is not held is not touched. It works on what it finds on the objects (adoptable.h, claim.h), so it
// needs neither the operator nor its memory. An operator that still runs adopts everything again: stop it first.
#pragma once

#include <string>
#include <vector>

#include "base/loop.h"
#include "kube/client.h"

namespace dso::controller {

struct RestoreReport {
  std::vector<std::string> done;    // what was written, or has to be known; sentences
  std::vector<std::string> failed;  // what could not be restored, and why
};

// In these namespaces, or in all if there are none. Restores the minimum of every HPA and ScaledObject that a
// DeepSeekService holds, gives the services' own HPAs the minimum that their specs declare, then takes our finalizer
// off the services that held them, unless their deletionPolicy is Retain: those would lose what is to be retained when
// they are deleted. A namespace that cannot be read keeps no other from being restored. An error means that nothing
// could be read.
Task<Result<RestoreReport>> RestoreAll(Loop& loop, kube::Client& client, std::vector<std::string> namespaces);

}  // namespace dso::controller
