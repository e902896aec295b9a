// What /metrics shows of a service. Pure, thread-safe.
#pragma once

#include "controller/cluster_cache.h"
#include "controller/service_record.h"
#include "telemetry/service_figures.h"

namespace dso::controller {

// `status` is what BuildStatus makes of the others now, or what whoever leads has written. A spec that makes no sense
// has conditions and replicas only.
telemetry::ServiceFigures ServiceFiguresOf(const CachedService& cached, const ServiceRecord& record,
                                           const api::ServiceStatus& status, WallTime now);

}  // namespace dso::controller
