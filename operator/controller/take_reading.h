// From an answer about the demand to what is known of it. Loop thread only.
#pragma once

#include "controller/service_record.h"

namespace dso::controller {

// An answer about the demand is believed this long: one that has not been renewed says nothing about now.
inline constexpr milliseconds kReadingLifetime = std::chrono::minutes(2);
bool IsOutdated(const ServiceRecord& record, WallTime now);

// Takes a new answer, of the moment `at`, into the record and into what learns from it. `averaged_over`: the window
// that the demand looks back.
void TakeReading(prom::Reading reading, WallTime at, milliseconds averaged_over, SteadyTime now, ServiceRecord& record);

// The demand as the decision sees it.
decide::Demand DemandOf(const ServiceRecord& record, WallTime now);

}  // namespace dso::controller
