// The forecaster of one service: made from its spec, asked for the decision. Pure; loop thread only.
#pragma once

#include "controller/cluster_cache.h"
#include "controller/service_record.h"

namespace dso::controller {

// How a service's demand is put on a grid and judged.
forecast::ForecasterOptions OptionsFor(const api::PredictionSpec& prediction);

// Makes a new forecaster, with its history still to be read, if what it learns has changed.
// Precondition: the service's spec is valid.
void EnsureForecaster(const CachedService& cached, ServiceRecord& record);

// An empty forecaster for what `record.learned_for` says. `uid` spreads the daily refits of many services over the day.
std::unique_ptr<forecast::Forecaster> NewForecaster(const api::PredictionSpec& prediction, const std::string& uid);

// What the forecaster says at `now`.
decide::Forecast AskForecaster(const api::ServiceSpec& spec, const ServiceRecord& record, WallTime now);

}  // namespace dso::controller
