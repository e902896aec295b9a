// One look at one service: gather → decide. Nothing is written anywhere but into the record. Loop thread only.
#pragma once

#include "controller/cluster_cache.h"
#include "controller/service_record.h"

namespace dso::controller {

// Takes a snapshot of what is known and decides. `autoscaler` is the service's own HPA or null.
// Precondition: the service's spec is valid.
void Assess(const CachedService& cached, const LiveAutoscaler* autoscaler, decide::Now now, ServiceRecord& record);

// An answer about the demand is believed this long: one that has not been renewed says nothing about now.
inline constexpr milliseconds kReadingLifetime = std::chrono::minutes(2);
bool IsOutdated(const ServiceRecord& record, WallTime now);

// Takes a new answer about the demand into the record and into the forecaster.
void TakeReading(prom::Reading reading, WallTime at, ServiceRecord& record);

}  // namespace dso::controller
