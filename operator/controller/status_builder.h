// From what is remembered of a service to the status that people read. Pure, thread-safe.
#pragma once

#include "controller/cluster_cache.h"
#include "controller/service_record.h"

namespace dso::controller {

// `autoscaler` is the HPA that carries the floor, the service's own or the adopted one, or null.
api::ServiceStatus BuildStatus(const CachedService& cached, const ServiceRecord& record,
                               const LiveAutoscaler* autoscaler, WallTime now);

}  // namespace dso::controller
