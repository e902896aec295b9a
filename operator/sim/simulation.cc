#include "sim/simulation.h"

#include <algorithm>
#include <cmath>

#include "capacity/formula.h"

namespace dso::sim {
namespace {

using forecast::Sample;

constexpr double kSecondsPerStep = std::chrono::duration<double>(kHpaPeriod).count();
constexpr double kHoursPerStep = kSecondsPerStep / 3600;
// Rounding is no loss.
constexpr double kBusyTolerance = 1e-7;

// Adds up what becomes of the demand, a step of 15 s after the other.
class ServiceMeter {
 public:
  void Count(double demand, const SimulatedHpa& pods, double capacity_per_replica) {
    const int replicas = pods.replicas();
    demand_ += demand;
    service_.lost += std::max(demand - pods.capacity(), 0.0);
    service_.replica_hours += replicas * kHoursPerStep;
    utilization_ += std::min(demand / (replicas * capacity_per_replica), 1.0);
    if (demand > pods.capacity() * (1 + kBusyTolerance)) {
      service_.busy += kHpaPeriod;
      run_ += kHpaPeriod;
      service_.worst_busy = std::max(service_.worst_busy, run_);
    } else {
      run_ = milliseconds(0);
    }
    ++steps_;
  }

  void CountChange() { ++service_.changes; }

  Service Finish() const {
    Service service = service_;
    service.lost_share = demand_ > 0 ? service.lost / demand_ : 0;
    service.lost *= kSecondsPerStep;
    service.mean_utilization = steps_ > 0 ? utilization_ / static_cast<double>(steps_) : 0;
    return service;
  }

 private:
  Service service_;
  double demand_ = 0;
  double utilization_ = 0;
  size_t steps_ = 0;
  milliseconds run_{0};
};

}  // namespace

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
  const double planned = hpa.capacity_per_replica * hpa.target_percent / 100;
  const int needed = capacity::ReplicasFor(samples.front().value, planned);
  SimulatedHpa pods(hpa, std::clamp(needed, min_replicas, hpa.max_replicas));
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
