// Quantiles of latencies in constant memory.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace workload {

// Buckets that grow by 2 % from 0.1 ms on, up to more than an hour: a quantile is at most 2 % too high. Not
// thread-safe.
class LatencyHistogram {
 public:
  void Observe(std::chrono::nanoseconds latency);

  // `quantile` in [0, 1]; zero while nothing has been observed.
  std::chrono::nanoseconds Quantile(double quantile) const;
  std::chrono::nanoseconds Mean() const;

 private:
  static constexpr std::size_t kBuckets = 900;

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
  std::chrono::nanoseconds sum_{0};
};

}  // namespace workload
