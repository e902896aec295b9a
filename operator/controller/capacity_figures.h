// What a replica carries, for people, and what of its formula is measured. Loop thread only.
#pragma once

#include "controller/service_record.h"
#include "decide/formula_figures.h"

namespace dso::controller {

// The service's formula if it leaves a figure out; else null. Lives as long as the spec.
const api::CapacityFormula* MeasuredFormula(const api::ServiceSpec& spec);

// What is known of the service beside its spec.
decide::Measured MeasuredOf(const api::ServiceSpec& spec, const ServiceRecord& record);

// status.capacity; nothing while it is not known.
std::optional<api::CapacityStatus> CapacityStatusOf(const api::ServiceSpec& spec, const ServiceRecord& record);

// The condition CapacityKnown. Precondition: MeasuredFormula(spec), and a demand.
Verdict CapacityVerdict(const api::ServiceSpec& spec, const ServiceRecord& record);

}  // namespace dso::controller
