#include <fmt/format.h>

#include <algorithm>

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

LearnedCapacity ReadLearned(const Field& capacity) {
  LearnedCapacity out;
  out.target_utilization_percent =
      capacity["targetUtilizationPercent"].Integer(1, 100).value_or(out.target_utilization_percent);
  const Field learned = capacity["learned"];
  if (!learned.IsObject()) return out;
  learned["min"].Require("give what a replica carries at the very least, such as \"5\"");
  learned["max"].Require("give what a replica carries at the very most, such as \"40\"");
  const auto min = learned["min"].Decimal(kPositive);
  const auto max = learned["max"].Decimal(kPositive);
  out.min = min.value_or(out.min);
  out.max = max.value_or(out.max);
  if (min && max && *max < *min) {
    learned["max"].Problem(
        fmt::format("{} is below min, {}; raise it or lower min", learned["max"].Shown(), learned["min"].Shown()));
  }
  return out;
}

CapacityFormula ReadFormula(const Field& formula) {
  CapacityFormula out;
  if (!formula.IsObject()) return out;
  formula["concurrencyPerCore"].Require("give the requests that one core works on at once, such as \"4\"");
  out.cores = formula["cores"].Decimal(kPositive);
  out.concurrency_per_core = formula["concurrencyPerCore"].Decimal(kPositive).value_or(0);
  out.average_response_time = formula["averageResponseTime"].Duration(kResponseTime);
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
  const auto given = {capacity["perReplica"].present(), formula.present(), capacity["learned"].present()};
  if (std::count(given.begin(), given.end(), true) != 1) {
    capacity.Problem("give exactly one of perReplica, formula and learned");
    return PerReplicaCapacity{};
  }
  if (capacity["perReplica"].present()) return ReadPerReplica(capacity);
  if (capacity["learned"].present()) return ReadLearned(capacity);
  if (capacity["targetUtilizationPercent"].present()) {
    capacity["targetUtilizationPercent"].Problem(
        "goes with perReplica and learned; the formula has its safetyFactor, remove one");
  }
  if (demand && !demand->unit.empty() && demand->unit != kRequestsPerSecond && demand->unit != kInFlight) {
    formula.Problem(
        fmt::format("cannot say how much \"{}\" a replica carries; use perReplica or learned, or a demand in \"{}\" or "
                    "\"{}\"",
                    demand->unit, kRequestsPerSecond, kInFlight));
  }
  return ReadFormula(formula);
}

void CheckMeasuredFigures(const Field& spec) {
  const Field formula = spec["capacity"]["formula"];
  if (!formula.present() || !formula.value().is_object() || !spec["demand"].present()) return;
  if (!formula["averageResponseTime"].present() && spec["demand"]["query"].present()) {
    formula["averageResponseTime"].Problem(
        "left out, which has it measured, but of a query of your own the metric of its response time is not known; "
        "give the mean time that a request takes, such as 1200ms, or a demand.preset");
  }
  if (formula["cores"].present() || !spec["template"].present()) return;
  if (const auto cores = CoresOf(spec["template"].value()); !cores) {
    formula["cores"].Problem(
        fmt::format("left out, which has it read from spec.template, but {}; give every container a CPU limit or "
                    "request, or give the cores of one replica, such as \"8\"",
                    cores.error().message));
  }
}

}  // namespace dso::api
