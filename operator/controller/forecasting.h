// The learner of one service: made from its spec, asked for the decision. Loop thread only.
#pragma once

#include "controller/cluster_cache.h"
#include "controller/service_record.h"

namespace dso::controller {

// Makes another learner, with its history still to be read, if what is to be learned has changed. The one before it
// goes on meanwhile, unless it has learned another demand. Precondition: the service's spec is valid.
void EnsureLearner(const CachedService& cached, ServiceRecord& record);

// Reads the history again: what was learned may lie at wrong times.
void LearnAgain(ServiceRecord& record);

// A learner that has learned nothing yet, for what the record wants to learn.
std::unique_ptr<Learner> NewLearner(const ServiceRecord& record);

// What the forecaster says at `now`.
decide::Forecast AskForecaster(const ServiceRecord& record, WallTime now);

}  // namespace dso::controller
