#include "decide/planned_capacity.h"

#include <fmt/format.h>

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

Error NotKnown(std::string_view figure) {
  return {ErrorCode::kNotFound, fmt::format("spec.capacity.formula.{0} is left out, and not known; give {0}", figure)};
}

Result<PlannedCapacity> PlanFormula(const api::CapacityFormula& formula, const api::DemandSpec& demand,
                                    const Measured& measured) {
  if (demand.unit != api::kInFlight && demand.unit != api::kRequestsPerSecond) {
    return InvalidArgument("spec.demand.unit: \"" + demand.unit +
                           "\" is not a unit of capacity.formula; use \"requests/s\" or \"in flight\", or give "
                           "capacity.perReplica in your own unit");
  }
  const auto unit = demand.unit == api::kInFlight ? capacity::Unit::kInFlight : capacity::Unit::kRequestsPerSecond;
  const FormulaFigures figures = FiguresOf(formula, measured);
  if (!figures.cores) return NotKnown("cores");
  if (!figures.average_response_time && unit == capacity::Unit::kRequestsPerSecond) {
    return NotKnown("averageResponseTime");
  }
  // What is in flight is the same for any response time.
  const milliseconds response_time = figures.average_response_time.value_or(seconds(1));
  auto result = capacity::CapacityFromFormula({.cores = *figures.cores,
                                               .concurrency_per_core = formula.concurrency_per_core,
                                               .average_response_time = response_time,
                                               .safety_factor = formula.safety_factor});
  if (!result) return std::move(result).error();
  PlannedCapacity plan = PlanWith(result->planned.In(unit), result->at_saturation.In(unit), "Formula");
  plan.full_in_flight = result->at_saturation.in_flight;
  if (figures.average_response_time) plan.full_requests_per_second = result->at_saturation.requests_per_second;
  return plan;
}

}  // namespace

PlannedCapacity PlanWith(double planned, double full, std::string source) {
  return {planned, std::max(planned, kFullAtQuantile * full), full, std::move(source), std::nullopt, std::nullopt};
}

Result<PlannedCapacity> PlanCapacity(const api::CapacitySpec& capacity, const api::DemandSpec& demand,
                                     const Measured& measured) {
  if (const auto* given = std::get_if<api::PerReplicaCapacity>(&capacity)) {
    return PlanShare(given->per_replica, given->target_utilization_percent, demand.unit, "PerReplica");
  }
  if (const auto* bounds = std::get_if<api::LearnedCapacity>(&capacity)) {
    return PlanShare(measured.learned.value_or(bounds->min), bounds->target_utilization_percent, demand.unit,
                     "Learned");
  }
  return PlanFormula(std::get<api::CapacityFormula>(capacity), demand, measured);
}

}  // namespace dso::decide
