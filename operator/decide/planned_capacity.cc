#include "decide/planned_capacity.h"

#include <algorithm>
#include <utility>

#include "capacity/formula.h"

namespace dso::decide {
namespace {

// A replica does not run at 100 %: its last requests would wait.
constexpr double kFullAtQuantile = 0.92;

Result<PlannedCapacity> PlanShare(double full, int percent, const std::string& unit, std::string source) {
  auto planned = capacity::PlannedCapacity(full, percent);
  if (!planned) return std::move(planned).error();
  PlannedCapacity plan = PlanWith(*planned, full, std::move(source));
  if (unit == api::kRequestsPerSecond) plan.full_requests_per_second = full;
  if (unit == api::kInFlight) plan.full_in_flight = full;
  return plan;
}

Result<PlannedCapacity> PlanFormula(const api::CapacityFormula& formula, const api::DemandSpec& demand) {
  auto result = capacity::CapacityFromFormula({.cores = formula.cores,
                                               .concurrency_per_core = formula.concurrency_per_core,
                                               .average_response_time = formula.average_response_time,
                                               .safety_factor = formula.safety_factor});
  if (!result) return std::move(result).error();
  if (demand.unit != api::kInFlight && demand.unit != api::kRequestsPerSecond) {
    return InvalidArgument("spec.demand.unit: \"" + demand.unit +
                           "\" is not a unit of capacity.formula; use \"requests/s\" or \"in flight\", or give "
                           "capacity.perReplica in your own unit");
  }
  const auto unit = demand.unit == api::kInFlight ? capacity::Unit::kInFlight : capacity::Unit::kRequestsPerSecond;
  PlannedCapacity plan = PlanWith(result->planned.In(unit), result->at_saturation.In(unit), "Formula");
  plan.full_requests_per_second = result->at_saturation.requests_per_second;
  plan.full_in_flight = result->at_saturation.in_flight;
  return plan;
}

}  // namespace

PlannedCapacity PlanWith(double planned, double full, std::string source) {
  return {planned, std::max(planned, kFullAtQuantile * full), full, std::move(source), std::nullopt, std::nullopt};
}

Result<PlannedCapacity> PlanCapacity(const api::CapacitySpec& capacity, const api::DemandSpec& demand,
                                     std::optional<double> learned) {
  if (const auto* given = std::get_if<api::PerReplicaCapacity>(&capacity)) {
    return PlanShare(given->per_replica, given->target_utilization_percent, demand.unit, "PerReplica");
  }
  if (const auto* bounds = std::get_if<api::LearnedCapacity>(&capacity)) {
    return PlanShare(learned.value_or(bounds->min), bounds->target_utilization_percent, demand.unit, "Learned");
  }
  return PlanFormula(std::get<api::CapacityFormula>(capacity), demand);
}

}  // namespace dso::decide
