#include "replica/replica_metrics.h"

#include <string>

#include "common/duration.h"

namespace workload {
namespace {

const prometheus::Histogram::BucketBoundaries kLatencyBucketsSeconds{0.05, 0.1, 0.25, 0.5, 0.75, 1,  1.25,
                                                                     1.5,  2,   3,    5,   10,   20, 60};

// Both children exist from the start: a counter that is born with its first increment loses it in rate().
prometheus::Counter& Requests(prometheus::Registry& registry, const std::string& code) {
  return prometheus::BuildCounter()
      .Name("deepseek_api_requests_total")
      .Help("Requests answered or refused, by HTTP status code.")
      .Register(registry)
      .Add({{"code", code}});
}

prometheus::Gauge& AddGauge(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

ReplicaMetrics::ReplicaMetrics(std::int64_t slots)
    : answered_(Requests(registry_, "200")),
      refused_(Requests(registry_, "503")),
      errors_(prometheus::BuildCounter()
                  .Name("deepseek_api_errors_count")
                  .Help("Requests that were not answered with 200.")
                  .Register(registry_)
                  .Add({})),
      latency_seconds_(
          prometheus::BuildHistogram()
              .Name("deepseek_api_latency_seconds")
              .Help("Time from a request's arrival to its answer, waiting included; refusals are left out.")
              .Register(registry_)
              .Add({}, kLatencyBucketsSeconds)),
      in_flight_(AddGauge(registry_, "deepseek_api_requests_in_flight", "Requests in a slot or waiting for one.")) {
  AddGauge(registry_, "deepseek_api_slots", "Requests that this replica can work on at once.")
      .Set(static_cast<double>(slots));
}

void ReplicaMetrics::CountAnswered(std::chrono::nanoseconds latency) {
  answered_.Increment();
  latency_seconds_.Observe(Seconds(latency).count());
}

void ReplicaMetrics::CountRefused() {
  refused_.Increment();
  errors_.Increment();
}

}  // namespace workload
