// What one replica may carry, in the unit of demand, and where the figures come from. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>

#include "api/spec.h"
#include "base/result.h"
#include "decide/formula_figures.h"

namespace dso::decide {

struct PlannedCapacity {
  double per_replica = 0;  // planned load: the capacity with its headroom
  double at_quantile = 0;  // nearly all of the capacity, for when the quantile of the forecast comes; >= per_replica
  double full = 0;         // what a replica can carry at all
  std::string source;      // as in the status: "Formula", "PerReplica", "Learned"
  // What a replica can carry at all in these units, where that follows.
  std::optional<double> full_requests_per_second{};
  std::optional<double> full_in_flight{};
};
// Precondition: 0 < planned <= full.
PlannedCapacity PlanWith(double planned, double full, std::string source);

// A learned capacity begins at its lower bound. A capacity in flight does not depend on the response time, and does not
// wait for it. kNotFound while a figure that the formula leaves out is not known; kInvalidArgument if the figures make
// no capacity, or not one in the unit of the demand.
Result<PlannedCapacity> PlanCapacity(const api::CapacitySpec& capacity, const api::DemandSpec& demand,
                                     const Measured& measured = {});

}  // namespace dso::decide
