#include "controller/capacity_figures.h"

#include <fmt/format.h>

#include "controller/preset.h"

namespace dso::controller {
namespace {

Verdict NoCores(const ServiceRecord& record) {
  if (record.cores_problem.empty()) {
    return Verdict::Unknown("Pending", "The cores of a replica have not been read from the target yet.");
  }
  return Verdict::False("CoresNotDeclared",
                        fmt::format("spec.capacity.formula.cores is left out, which has it read from the containers of "
                                    "the target, but none is found ({}); the floor does not follow the demand "
                                    "meanwhile. Give every container a CPU limit or request, or give cores.",
                                    record.cores_problem));
}

Verdict NoResponseTime(const api::DemandSpec& demand, const ServiceRecord& record) {
  if (!record.reading) return Verdict::Unknown("Pending", "Prometheus has not been asked yet.");
  const auto metric = demand.preset ? prom::ResponseTimeMetric(PresetOf(*demand.preset)) : "";
  return Verdict::False(
      "ResponseTimeNotMeasured",
      fmt::format(
          "spec.capacity.formula.averageResponseTime is left out, which has it measured, but Prometheus shows no "
          "request of the last hour that {0}_sum and {0}_count have counted; the floor does not follow the "
          "demand meanwhile. Look whether that metric is scraped, or give averageResponseTime.",
          metric));
}

}  // namespace

const api::CapacityFormula* MeasuredFormula(const api::ServiceSpec& spec) {
  const auto* const formula = spec.capacity ? std::get_if<api::CapacityFormula>(&*spec.capacity) : nullptr;
  return formula != nullptr && decide::IsMeasured(*formula) ? formula : nullptr;
}

decide::Measured MeasuredOf(const api::ServiceSpec& spec, const ServiceRecord& record) {
  const auto* const owned = std::get_if<api::OwnedWorkload>(&spec.workload);
  return {.learned = record.learned ? std::optional(record.learned->per_replica()) : std::nullopt,
          .cores = owned != nullptr ? owned->cores : record.target_cores,
          .average_response_time = record.response_time};
}

Verdict CapacityVerdict(const api::ServiceSpec& spec, const ServiceRecord& record) {
  const auto figures = decide::FiguresOf(*MeasuredFormula(spec), MeasuredOf(spec, record));
  if (!figures.cores) return NoCores(record);
  const bool needs_time = spec.demand->unit != api::kInFlight;
  if (needs_time && !figures.average_response_time) return NoResponseTime(*spec.demand, record);
  return Verdict::True("Measured", "All that the capacity is made from is known: status.capacity has the figures.");
}

std::optional<api::CapacityStatus> CapacityStatusOf(const api::ServiceSpec& spec, const ServiceRecord& record) {
  if (!record.capacity || !spec.capacity) return std::nullopt;
  api::CapacityStatus status;
  status.per_replica = record.capacity->per_replica;
  status.source = record.capacity->source;
  if (record.learned) {
    decide::LearnedCapacityEstimate learned = record.learned->Estimate();
    status.learned = learned.per_replica;
    status.evidence = std::move(learned.evidence);
  }
  if (const auto* const formula = std::get_if<api::CapacityFormula>(&*spec.capacity)) {
    const auto figures = decide::FiguresOf(*formula, MeasuredOf(spec, record));
    status.cores = figures.cores;
    status.cores_from = figures.cores_from;
    status.average_response_time = figures.average_response_time;
    status.average_response_time_from = figures.average_response_time_from;
  }
  return status;
}

}  // namespace dso::controller
