// When the requests of an open-loop load are sent.
#pragma once

#include <cstdint>
#include <optional>
#include <random>

#include "load/schedule.h"

namespace workload {

// A Poisson process whose rate is the schedule's, by time rescaling: if the requests due are counted by the integral of
// the rate, the gaps between arrivals are exponential with mean 1 on that count. Exact for a rate that varies, unlike
// drawing each gap from the present rate. The same seed gives the same arrivals. Not thread-safe.
class PoissonArrivals {
 public:
  // Arrivals from `from` (time of the schedule) on. `schedule` must outlive this.
  PoissonArrivals(const Schedule& schedule, Seconds from, std::uint64_t seed)
      : schedule_(schedule), requests_(schedule.RequestsUntil(from)), random_(seed) {}

  // The time of the next arrival, later than all before; nothing once the schedule has no more.
  std::optional<Seconds> Next() {
    requests_ += std::exponential_distribution<double>()(random_);
    return schedule_.TimeOfRequest(requests_);
  }

 private:
  const Schedule& schedule_;
  double requests_;
  std::mt19937_64 random_;
};

}  // namespace workload
