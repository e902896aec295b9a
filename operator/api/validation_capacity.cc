#include <fmt/format.h>

#include "api/validation_parts.h"

namespace dso::api {
namespace {

constexpr DecimalRange kPositive{0, 1e9};
constexpr DecimalRange kSafetyFactor{0, 100};
constexpr DurationRange kResponseTime{milliseconds(1), std::chrono::hours(24)};

PerReplicaCapacity ReadPerReplica(const Field& capacity) {
  PerReplicaCapacity out;
  out.per_replica = capacity["perReplica"].Decimal(kPositive).value_or(0);
  out.target_utilization_percent =
      capacity["targetUtilizationPercent"].Integer(1, 100).value_or(out.target_utilization_percent);
  return out;
}

CapacityFormula ReadFormula(const Field& formula) {
  CapacityFormula out;
  if (!formula.IsObject()) return out;
  formula["cores"].Require("give the cores of one replica, such as \"8\"");
  formula["concurrencyPerCore"].Require("give the requests that one core works on at once, such as \"4\"");
  formula["averageResponseTime"].Require("give the mean time that a request takes, such as 1200ms");
  out.cores = formula["cores"].Decimal(kPositive).value_or(0);
  out.concurrency_per_core = formula["concurrencyPerCore"].Decimal(kPositive).value_or(0);
  out.average_response_time =
      formula["averageResponseTime"].Duration(kResponseTime).value_or(out.average_response_time);
  out.safety_factor = formula["safetyFactor"].Decimal(kSafetyFactor).value_or(out.safety_factor);
  if (out.safety_factor < 1) {
    formula["safetyFactor"].Problem(formula["safetyFactor"].Shown() +
                                    " is below 1 and would overload every replica; 1.5 to 2.0 is usual");
  }
  return out;
}

}  // namespace

CapacitySpec ReadCapacity(const Field& capacity, const std::optional<DemandSpec>& demand) {
  const Field formula = capacity["formula"];
  if (capacity["perReplica"].present() == formula.present()) {
    capacity.Problem("give exactly one of perReplica and formula");
    return PerReplicaCapacity{};
  }
  if (!formula.present()) return ReadPerReplica(capacity);
  if (capacity["targetUtilizationPercent"].present()) {
    capacity["targetUtilizationPercent"].Problem(
        "goes with perReplica only; the formula has its safetyFactor, remove one");
  }
  if (demand && !demand->unit.empty() && demand->unit != kRequestsPerSecond && demand->unit != kInFlight) {
    formula.Problem(
        fmt::format("cannot say how much \"{}\" a replica carries; use perReplica, or a demand in \"{}\" or "
                    "\"{}\"",
                    demand->unit, kRequestsPerSecond, kInFlight));
  }
  return ReadFormula(formula);
}

}  // namespace dso::api
