// What follows from a service's spec and from its pods, before anything is decided: its events, the lead, what a
// replica carries, and what is to be learned. Loop thread only.
#pragma once

#include "controller/cluster_cache.h"
#include "controller/service_record.h"

namespace dso::controller {

// Brings all of that up to date in the record. Precondition: the service's spec is valid.
void Prepare(const CachedService& cached, decide::Now now, ServiceRecord& record);

}  // namespace dso::controller
