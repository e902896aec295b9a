// Adds up what becomes of the demand, a turn of the HPA's 15 s after the other: what is counted at a moment stands for
// the 15 s from then on. Pure; a value type, not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>

#include "sim/backtest.h"
#include "sim/hpa.h"

namespace dso::sim {

class ServiceMeter {
 public:
  // After pods.Advance() and before pods.Sync(): what the ready pods cannot serve is lost.
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

  // Of all that was counted, in units × seconds.
  double demand() const { return demand_ * kSecondsPerStep; }
  size_t steps() const { return steps_; }

 private:
  static constexpr double kSecondsPerStep = std::chrono::duration<double>(kHpaPeriod).count();
  static constexpr double kHoursPerStep = kSecondsPerStep / 3600;
  // Rounding is no loss.
  static constexpr double kBusyTolerance = 1e-7;

  Service service_;
  double demand_ = 0;
  double utilization_ = 0;
  size_t steps_ = 0;
  milliseconds run_{0};
};

}  // namespace dso::sim
