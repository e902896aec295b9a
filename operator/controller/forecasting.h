// The forecaster of one service: made from its spec, asked for the decision. Pure; loop thread only.
#pragma once

#include "controller/cluster_cache.h"
#include "controller/service_record.h"
#include "decide/forecasting.h"

namespace dso::controller {

// Makes a new forecaster, with its history still to be read, if what it learns has changed.
// Precondition: the service's spec is valid.
void EnsureForecaster(const CachedService& cached, ServiceRecord& record);

// A forecaster that has learned nothing yet; in UTC where the time zone is unknown.
std::unique_ptr<forecast::Forecaster> NewForecaster(const ServiceRecord::LearningKey& key);

// What the forecaster says at `now`.
decide::Forecast AskForecaster(const ServiceRecord& record, WallTime now);

}  // namespace dso::controller
