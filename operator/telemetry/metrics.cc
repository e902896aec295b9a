#include "telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <utility>

#include "telemetry/process_series.h"
#include "telemetry/service_series.h"

namespace dso::telemetry {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;

// The bounds that controller-runtime uses, in seconds, so that its dashboards and alerts fit.
const Histogram::BucketBoundaries kReconcileBuckets = {
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1,  1.25, 1.5,
    1.75,  2,    2.5,   3,    3.5, 4,    4.5, 5,    6,   7,    8,   9,    10,  15,  20,  25,  30,  40, 50,   60};
// client-go's: powers of ten from 10 ns to 1000 s.
const Histogram::BucketBoundaries kQueueBuckets = {1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000};

const Histogram::BucketBoundaries kLatenessBuckets = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5};

std::string_view ToString(ReconcileResult result) {
  switch (result) {
    case ReconcileResult::kSuccess: return "success";
    case ReconcileResult::kError: return "error";
    case ReconcileResult::kRequeue: return "requeue";
    case ReconcileResult::kRequeueAfter: return "requeue_after";
  }
  return "unknown";
}

}  // namespace

struct Metrics::Families {
  Family<Counter>& AddCounter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& AddGauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& AddHistogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  prometheus::Registry registry;
  Family<Counter>& reconciles =
      AddCounter("controller_runtime_reconcile_total", "Reconciliations by controller and result.");
  Family<Counter>& reconcile_errors =
      AddCounter("controller_runtime_reconcile_errors_total", "Reconciliations that failed, by controller.");
  Family<Histogram>& reconcile_time =
      AddHistogram("controller_runtime_reconcile_time_seconds", "How long a reconciliation took, by controller.");
  Family<Gauge>& queue_depth = AddGauge("workqueue_depth", "Items that wait in the work queue.");
  Family<Counter>& queue_adds = AddCounter("workqueue_adds_total", "Items that were added to the work queue.");
  Family<Histogram>& queue_wait =
      AddHistogram("workqueue_queue_duration_seconds", "How long an item waited in the work queue.");
  Family<Gauge>& leading =
      AddGauge("leader_election_master_status", "Whether this process leads (1) or waits for the lease (0), by lease.");
  Family<Counter>& api_requests = AddCounter("rest_client_requests_total",
                                             "Requests to the Kubernetes API server by status code, method and host.");
  Family<Counter>& prometheus_queries =
      AddCounter("deepseek_operator_prometheus_queries_total", "Queries to Prometheus by server and result.");
  Family<Counter>& rpcs =
      AddCounter("grpc_server_handled_total", "Calls of the gRPC services that have ended, by method and code.");
  Family<Counter>& forecaster_requests = AddCounter("deepseek_operator_external_forecast_requests_total",
                                                    "Requests to external forecasters by forecaster, method and code.");
  Histogram& loop_lateness =
      AddHistogram("deepseek_operator_event_loop_lateness_seconds",
                   "By how much timers of the event loop were late, looked at ten times a second.")
          .Add({}, kLatenessBuckets);
  Family<Gauge>& build_info = AddGauge("deepseek_operator_build_info", "1, with the version of the operator.");

  std::mutex services_mutex;
  AllServiceFigures services;
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::ObserveReconcile(std::string_view controller, ReconcileResult result, Seconds took) {
  const Labels labels{{"controller", std::string(controller)}};
  families_->reconciles.Add({{"controller", std::string(controller)}, {"result", std::string(ToString(result))}})
      .Increment();
  // Added even if nothing failed, so that rate() has a zero to start from.
  families_->reconcile_errors.Add(labels).Increment(result == ReconcileResult::kError ? 1 : 0);
  families_->reconcile_time.Add(labels, kReconcileBuckets).Observe(took.count());
}

void Metrics::CountQueueAdd(std::string_view queue) {
  families_->queue_adds.Add({{"name", std::string(queue)}}).Increment();
}

void Metrics::SetQueueDepth(std::string_view queue, size_t depth) {
  families_->queue_depth.Add({{"name", std::string(queue)}}).Set(static_cast<double>(depth));
}

void Metrics::ObserveQueueWait(std::string_view queue, Seconds waited) {
  families_->queue_wait.Add({{"name", std::string(queue)}}, kQueueBuckets).Observe(waited.count());
}

void Metrics::SetLeading(std::string_view name, bool leading) {
  families_->leading.Add({{"name", std::string(name)}}).Set(leading ? 1 : 0);
}

void Metrics::CountApiRequest(std::string_view host, std::string_view method, std::optional<int> status) {
  families_->api_requests
      .Add({{"code", status ? std::to_string(*status) : "<error>"},
            {"method", std::string(method)},
            {"host", std::string(host)}})
      .Increment();
}

void Metrics::CountPrometheusQuery(std::string_view server, std::string_view result) {
  families_->prometheus_queries.Add({{"server", std::string(server)}, {"result", std::string(result)}}).Increment();
}

void Metrics::CountRpc(std::string_view method, std::string_view code) {
  const size_t slash = method.rfind('/');
  families_->rpcs
      .Add({{"grpc_service", std::string(method.substr(1, slash - 1))},
            {"grpc_method", std::string(method.substr(slash + 1))},
            {"grpc_code", std::string(code)}})
      .Increment();
}

void Metrics::CountForecasterRequest(std::string_view forecaster, std::string_view method, std::string_view code) {
  families_->forecaster_requests
      .Add({{"forecaster", std::string(forecaster)}, {"method", std::string(method)}, {"code", std::string(code)}})
      .Increment();
}

void Metrics::ObserveLoopLateness(Seconds late) { families_->loop_lateness.Observe(late.count()); }

void Metrics::SetVersion(std::string_view version) {
  families_->build_info.Add({{"version", std::string(version)}}).Set(1);
}

void Metrics::SetService(std::string_view namespace_name, std::string_view service, ServiceFigures figures) {
  auto known = std::make_shared<const ServiceFigures>(std::move(figures));
  const std::lock_guard lock(families_->services_mutex);
  families_->services.insert_or_assign({std::string(namespace_name), std::string(service)}, std::move(known));
}

void Metrics::RemoveService(std::string_view namespace_name, std::string_view service) {
  const std::lock_guard lock(families_->services_mutex);
  families_->services.erase({std::string(namespace_name), std::string(service)});
}

std::string Metrics::Serialize() const {
  std::string text = prometheus::TextSerializer().Serialize(families_->registry.Collect());
  AllServiceFigures services;
  {
    // The loop does not wait while the text is written.
    const std::lock_guard lock(families_->services_mutex);
    services = families_->services;
  }
  WriteServiceSeries(services, text);
  WriteProcessSeries(text);
  return text;
}

}  // namespace dso::telemetry
