#include "load/latency_histogram.h"

#include <algorithm>
#include <cmath>

#include "common/duration.h"

namespace workload {
namespace {

constexpr double kSmallestSeconds = 1e-4;
constexpr double kGrowth = 1.02;

}  // namespace

void LatencyHistogram::Observe(std::chrono::nanoseconds latency) {
  const double in_smallest = std::max(1.0, Seconds(latency).count() / kSmallestSeconds);
  const auto bucket = static_cast<std::size_t>(std::ceil(std::log(in_smallest) / std::log(kGrowth)));
  ++counts_[std::min(bucket, kBuckets - 1)];
  ++total_;
  sum_ += latency;
}

std::chrono::nanoseconds LatencyHistogram::Quantile(double quantile) const {
  if (total_ == 0) return std::chrono::nanoseconds::zero();
  const auto rank =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(total_))));
  std::uint64_t below = 0;
  std::size_t bucket = 0;
  while (bucket < kBuckets - 1 && (below += counts_[bucket]) < rank) ++bucket;
  return std::chrono::round<std::chrono::nanoseconds>(
      Seconds(kSmallestSeconds * std::pow(kGrowth, static_cast<double>(bucket))));
}

std::chrono::nanoseconds LatencyHistogram::Mean() const {
  return total_ == 0 ? std::chrono::nanoseconds::zero() : sum_ / static_cast<std::int64_t>(total_);
}

}  // namespace workload
