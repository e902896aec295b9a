// What became of the requests: counters, the line for people, the JSON and the metrics.
#pragma once

#include <prometheus/metric_family.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/duration.h"
#include "load/http_exchange.h"
#include "load/latency_histogram.h"

namespace workload {

struct LoadCounts {
  std::uint64_t sent = 0;
  std::uint64_t ok = 0;
  std::uint64_t busy = 0;    // 503 or 429
  std::uint64_t errors = 0;  // other statuses, connections refused or cut
  std::uint64_t timeouts = 0;
  std::uint64_t dropped = 0;  // due, but not sent: too many in flight

  std::uint64_t in_flight() const { return sent - ok - busy - errors - timeouts; }
};

// Not thread-safe.
class LoadReport {
 public:
  void CountSent() { ++counts_.sent; }
  void CountDropped() { ++counts_.dropped; }
  void CountEnded(const ExchangeResult& result, std::chrono::nanoseconds latency);

  const LoadCounts& counts() const { return counts_; }

  // One line about the time since the last call. `due`: the requests that the schedule has had since the start of the
  // run.
  std::string TakeInterval(Seconds elapsed, double due);

  // {"elapsedSeconds": …, "sent": …, …, "latencySeconds": {"mean": …, "p50": …, …}}
  std::string Json(Seconds elapsed) const;

  // demo_load_requests_total{result}, demo_load_requests_in_flight, demo_load_wanted_requests_per_second.
  std::vector<prometheus::MetricFamily> Metrics(double wanted_rate) const;

 private:
  LoadCounts counts_;
  LoadCounts at_interval_start_;
  Seconds interval_start_{};
  double due_at_interval_start_ = 0;
  LatencyHistogram latencies_;           // of kOk, since the start
  LatencyHistogram interval_latencies_;  // of kOk, since the last line
  std::string last_cause_;               // of an error in this interval
};

}  // namespace workload
