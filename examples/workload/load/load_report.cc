#include "load/load_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace workload {
namespace {

prometheus::MetricFamily GaugeFamily(const std::string& name, const std::string& help, double value) {
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  return {name, help, prometheus::MetricType::Gauge, {metric}};
}

}  // namespace

void LoadReport::CountEnded(const ExchangeResult& result, std::chrono::nanoseconds latency) {
  switch (result.outcome) {
    case Outcome::kOk:
      ++counts_.ok;
      latencies_.Observe(latency);
      interval_latencies_.Observe(latency);
      break;
    case Outcome::kBusy: ++counts_.busy; break;
    case Outcome::kTimeout: ++counts_.timeouts; break;
    case Outcome::kError:
      ++counts_.errors;
      last_cause_ = result.cause;
      break;
  }
}

std::string LoadReport::TakeInterval(Seconds elapsed, double due) {
  const LoadCounts& now = counts_;
  const LoadCounts before = std::exchange(at_interval_start_, now);
  const Seconds length = elapsed - std::exchange(interval_start_, elapsed);
  const LatencyHistogram latencies = std::exchange(interval_latencies_, {});
  const std::string cause = std::exchange(last_cause_, {});
  const double due_in_interval = due - std::exchange(due_at_interval_start_, due);
  const double seconds = std::max(length.count(), 1e-3);  // never a division by zero
  return fmt::format(
      "{:7.1f}s  sent {:.1f}/s (due {:.1f})  ok {}  busy {}  errors {}  timeouts {}  dropped {}  "
      "in flight {}  p50 {:.2f}s  p99 {:.2f}s{}",
      elapsed.count(), static_cast<double>(now.sent - before.sent) / seconds, due_in_interval / seconds,
      now.ok - before.ok, now.busy - before.busy, now.errors - before.errors, now.timeouts - before.timeouts,
      now.dropped - before.dropped, now.in_flight(), Seconds(latencies.Quantile(0.5)).count(),
      Seconds(latencies.Quantile(0.99)).count(), cause.empty() ? "" : fmt::format("  last error: {}", cause));
}

std::string LoadReport::Json(Seconds elapsed) const {
  const auto quantile = [this](double q) { return Seconds(latencies_.Quantile(q)).count(); };
  return fmt::format(R"({{"elapsedSeconds": {:.3f}, "sent": {}, "ok": {}, "busy": {}, "errors": {}, "timeouts": {}, )"
                     R"("dropped": {}, "unfinished": {}, "latencySeconds": {{"mean": {:.4f}, "p50": {:.4f}, )"
                     R"("p90": {:.4f}, "p99": {:.4f}}}}})"
                     "\n",
                     elapsed.count(), counts_.sent, counts_.ok, counts_.busy, counts_.errors, counts_.timeouts,
                     counts_.dropped, counts_.in_flight(), Seconds(latencies_.Mean()).count(), quantile(0.5),
                     quantile(0.9), quantile(0.99));
}

std::vector<prometheus::MetricFamily> LoadReport::Metrics(double wanted_rate) const {
  prometheus::MetricFamily requests{
      "demo_load_requests_total", "Requests by what became of them.", prometheus::MetricType::Counter, {}};
  const std::pair<const char*, std::uint64_t> results[] = {{"ok", counts_.ok},
                                                           {"busy", counts_.busy},
                                                           {"error", counts_.errors},
                                                           {"timeout", counts_.timeouts},
                                                           {"dropped", counts_.dropped}};
  for (const auto& [result, count] : results) {
    prometheus::ClientMetric metric;
    metric.label = {{"result", result}};
    metric.counter.value = static_cast<double>(count);
    requests.metric.push_back(metric);
  }
  return {requests,
          GaugeFamily("demo_load_requests_in_flight", "Requests sent and not ended.",
                      static_cast<double>(counts_.in_flight())),
          GaugeFamily("demo_load_wanted_requests_per_second", "The rate of the schedule at this moment.", wanted_rate)};
}

}  // namespace workload
