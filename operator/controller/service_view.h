// What callers of the gRPC services see of a service. Pure, thread-safe.
#pragma once

#include "controller/cluster_cache.h"
#include "controller/service_record.h"
#include "rpc/forecast_path.h"
#include "rpc/service_view.h"

namespace dso::controller {

// `status` is what there is to report, or what whoever leads has written; `leads`: whether this process does.
rpc::ServiceView ServiceViewOf(const CachedService& cached, const ServiceRecord& record,
                               std::shared_ptr<const api::ServiceStatus> status, bool leads, WallTime now);

// What the forecaster in use expects, and what events make of it. kUnavailable, with the reason, while there is none.
Result<rpc::ForecastPath> ForecastPathOf(const CachedService& cached, const ServiceRecord& record, rpc::PathQuery query,
                                         WallTime now);

}  // namespace dso::controller
