// A simulated service whose replicas carry so much and no more, as an estimate of its capacity sees it.
#pragma once

#include <algorithm>
#include <functional>
#include <random>

#include "decide/learned_capacity.h"

namespace dso::decide::test {

// Ten replicas, looked at each 15 s. All loads are of one replica.
class WatchedReplicas {
 public:
  static constexpr int kReplicas = 10;
  static constexpr CapacityBounds kBounds{.min = 5, .max = 50};

  explicit WatchedReplicas(double the_knee, std::optional<double> remembered = std::nullopt)
      : knee(the_knee), capacity(kBounds, remembered) {}

  // `offered`: the load at a time of day in hours, before noise.
  void Run(milliseconds length, const std::function<double(double)>& offered) {
    for (const SteadyTime end = now_ + length; now_ < end;) {
      now_ += seconds(15);
      const double hour = std::fmod(std::chrono::duration<double>(now_.time_since_epoch()).count() / 3600, 24);
      const double load = std::max(0.0, offered(hour) * (1 + noise * normal_(random_)));
      const double served = std::min(load, knee * (1 + noise / 3 * normal_(random_))) * (1 - failing);
      capacity.Observe({.now = now_,
                        .seen = {.demand = load * kReplicas, .rejected = std::max(0.0, load - served) * kReplicas},
                        .ready_replicas = kReplicas});
      highest = std::max(highest, capacity.per_replica());
    }
  }
  void Run(milliseconds length, double offered) {
    Run(length, [offered](double) { return offered; });
  }
  LearnedCapacityEstimate Estimate() const { return capacity.Estimate(); }

  double knee;
  double noise = 0.1;
  double failing = 0;  // the share of what is served that a backend fails
  double highest = 0;  // that was estimated
  LearnedCapacity capacity;

 private:
  SteadyTime now_{};
  std::mt19937 random_{42};
  std::normal_distribution<double> normal_;
};

}  // namespace dso::decide::test
