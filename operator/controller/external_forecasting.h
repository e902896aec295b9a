// The external forecaster of one service: what it is asked about, and what is made of what it says. Asking it is
// external_intake.h's. Loop thread only.
#pragma once

#include "controller/cluster_cache.h"
#include "controller/service_record.h"

namespace dso::controller {

// Brings record.external up to what the spec picks; one that is picked anew has the history read for it, while the
// built-in forecast goes on. Preconditions: the service's spec is valid, EnsureLearner().
void EnsureExternal(const CachedService& cached, ServiceRecord& record);

// A demand that was seen. What is only known to be at least so much is passed on if more was not expected anyway, and
// judges nobody.
void TakeIntoExternal(WallTime at, double demand, bool at_least, ServiceRecord& record);

// Sets record.external_say. What takes part in the decision, if it is heeded.
std::optional<decide::ExternalForecast> HearExternal(ServiceRecord& record, WallTime now);

}  // namespace dso::controller
