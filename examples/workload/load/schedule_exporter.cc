#include "load/schedule_exporter.h"

#include <fmt/format.h>

#include <cmath>

namespace workload {
namespace {

// Additive recurrences with these steps fill [0, 1) evenly in one and in two dimensions (Roberts, "The unreasonable
// effectiveness of quasirandom sequences", 2018: the inverse of the plastic number and its square).
constexpr double kScaleStep = 0.7548776662466927;
constexpr double kPhaseStep = 0.5698402909980532;

double FractionalPart(double value) { return value - std::floor(value); }

std::string ServiceName(const ExportedServices& services, std::uint32_t index) {
  return services.count == 1 ? services.service : fmt::format("{}-{:04}", services.service, index);
}

}  // namespace

Variation VariationOf(std::uint32_t service_index, bool loops) {
  if (service_index == 0) return {};
  return {0.5 + FractionalPart(service_index * kScaleStep), loops ? FractionalPart(service_index * kPhaseStep) : 0};
}

std::vector<prometheus::MetricFamily> ExportSchedule(const Playback& playback, const ExportedServices& services,
                                                     Playback::TimePoint now) {
  const Schedule& schedule = playback.schedule();
  const Seconds position = playback.PositionAt(now);
  prometheus::MetricFamily requests{
      services.metric + "_total", "Requests that the schedule has had so far.", prometheus::MetricType::Counter, {}};
  requests.metric.reserve(services.count);
  for (std::uint32_t index = 0; index < services.count; ++index) {
    const Variation variation = VariationOf(index, schedule.loops());
    const Seconds shift = variation.phase_shift * schedule.length();
    prometheus::ClientMetric& metric = requests.metric.emplace_back();
    metric.label = {{"namespace", services.name_space}, {"service", ServiceName(services, index)}, {"code", "200"}};
    metric.counter.value = variation.scale * (schedule.RequestsUntil(shift + position) - schedule.RequestsUntil(shift));
  }
  return {requests};
}

}  // namespace workload
