#include "sim/simulation.h"

#include <algorithm>
#include <cmath>

#include "sim/service_meter.h"

namespace dso::sim {

using forecast::Sample;

HpaOptions HpaOptionsFor(const BacktestOptions& options, double hpa_target) {
  return {.capacity_per_replica = options.capacity_per_replica,
          .target_percent = std::max(1, static_cast<int>(std::lround(hpa_target * 100))),
          .max_replicas = options.max_replicas,
          .startup = options.startup,
          .scale_down_window = options.scale_down_window};
}

Simulation Simulate(const Trace& trace, const HpaOptions& hpa, int min_replicas, std::span<const FloorChange> floor,
                    std::span<const Period> periods) {
  const std::vector<Sample>& samples = trace.samples;
  SimulatedHpa pods(hpa, ReplicasAtRest(hpa, samples.front().value, min_replicas));
  std::vector<ServiceMeter> meters(periods.size());
  Simulation simulation;
  simulation.ready.reserve(samples.size());

  int least = min_replicas;
  size_t next_change = 0;
  size_t last = 0;  // the newest sample
  for (WallTime now = samples.front().at; now <= samples.back().at; now += kHpaPeriod) {
    while (last + 1 < samples.size() && samples[last + 1].at <= now) ++last;
    const bool at_end = last + 1 == samples.size();
    const double demand = at_end ? samples[last].value : Interpolate(samples[last], samples[last + 1], now);
    pods.Advance(now);
    while (simulation.ready.size() <= last) simulation.ready.push_back(pods.ready());
    while (next_change < floor.size() && floor[next_change].at <= now) {
      least = std::max(floor[next_change++].replicas, min_replicas);
    }
    const int before = pods.replicas();
    for (size_t i = 0; i < periods.size(); ++i) {
      if (now >= periods[i].from && now < periods[i].to) meters[i].Count(demand, pods, hpa.capacity_per_replica);
    }
    pods.Sync(now, demand, least);
    if (pods.replicas() == before) continue;
    for (size_t i = 0; i < periods.size(); ++i) {
      if (now >= periods[i].from && now < periods[i].to) meters[i].CountChange();
    }
  }
  // Samples that lie less than a step before the end.
  simulation.ready.resize(samples.size(), pods.ready());
  for (const ServiceMeter& meter : meters) simulation.services.push_back(meter.Finish());
  return simulation;
}

}  // namespace dso::sim
