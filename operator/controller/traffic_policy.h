// spec.istio: a DestinationRule for the service's Service. It is not watched, because most clusters have no Istio: each
// pass reads it. Loop thread only.
#pragma once

#include "controller/pass.h"

namespace dso::controller {

// Makes it, keeps it, or removes what an earlier spec has made. Sets record.destination_rule, and nothing else of the
// record: what goes wrong here is no concern of the floor.
Task<Status> ApplyDestinationRule(World& world, Pass& pass);

}  // namespace dso::controller
