// One look at one service: gather → decide. Nothing is written anywhere but into the record. Loop thread only.
#pragma once

#include "controller/cluster_cache.h"
#include "controller/service_record.h"

namespace dso::controller {

// Takes a snapshot of what is known and decides. `autoscaler` is the service's own HPA or null.
// Precondition: the service's spec is valid.
void Assess(const CachedService& cached, const LiveAutoscaler* autoscaler, decide::Now now, ServiceRecord& record);

}  // namespace dso::controller
