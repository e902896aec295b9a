// The metrics of one replica, under the names that the operator's `deepseek` preset reads.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace workload {

class ReplicaMetrics {
 public:
  explicit ReplicaMetrics(std::int64_t slots);

  // Latency is observed for answers only: a refusal takes a millisecond and would make an overloaded replica look fast.
  void CountAnswered(std::chrono::nanoseconds latency);
  void CountRefused();
  void SetInFlight(std::int64_t requests) { in_flight_.Set(static_cast<double>(requests)); }

  std::vector<prometheus::MetricFamily> Collect() const { return registry_.Collect(); }

 private:
  prometheus::Registry registry_;
  prometheus::Counter& answered_;
  prometheus::Counter& refused_;
  prometheus::Counter& errors_;
  prometheus::Histogram& latency_seconds_;
  prometheus::Gauge& in_flight_;
};

}  // namespace workload
