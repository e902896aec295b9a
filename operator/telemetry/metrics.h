// The operator's own metrics, under the names that dashboards for controller-runtime and client-go already know, and
// what it knows and has decided of each service. docs/metrics.md lists them.
//
// Recording is for the loop thread only unless noted; Serialize() may be called on any thread at the same time.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "telemetry/service_figures.h"

namespace dso::telemetry {

// How a reconciliation ended; the label values of controller-runtime.
enum class ReconcileResult { kSuccess, kError, kRequeue, kRequeueAfter };

class Metrics {
 public:
  using Seconds = std::chrono::duration<double>;

  Metrics();
  ~Metrics();

  // controller_runtime_reconcile_total, _errors_total and _time_seconds.
  void ObserveReconcile(std::string_view controller, ReconcileResult result, Seconds took);

  // workqueue_adds_total, workqueue_depth and workqueue_queue_duration_seconds. The depth counts what waits.
  void CountQueueAdd(std::string_view queue);
  void SetQueueDepth(std::string_view queue, size_t depth);
  void ObserveQueueWait(std::string_view queue, Seconds waited);

  // leader_election_master_status of the Lease `name`, as client-go names it: 1 while this process leads.
  void SetLeading(std::string_view name, bool leading);

  // rest_client_requests_total. No status means that no answer came, which client-go counts as code "<error>".
  void CountApiRequest(std::string_view host, std::string_view method, std::optional<int> status);

  // deepseek_operator_prometheus_queries_total; the result is "Success" or the reason of the failure, "Timeout".
  void CountPrometheusQuery(std::string_view server, std::string_view result);

  // grpc_server_handled_total of "/package.Service/Method", as go-grpc-middleware names it. Any thread.
  void CountRpc(std::string_view method, std::string_view code);
  // deepseek_operator_external_forecast_requests_total; the method is "Fit" or "Predict", the code "OK" or the error's
  // name.
  void CountForecasterRequest(std::string_view forecaster, std::string_view method, std::string_view code);

  // deepseek_operator_event_loop_lateness_seconds: by how much a timer of the event loop was late.
  void ObserveLoopLateness(Seconds late);

  // deepseek_operator_build_info.
  void SetVersion(std::string_view version);

  // What service_series.h makes of it: afterwards the service has these series and no others.
  void SetService(std::string_view namespace_name, std::string_view service, ServiceFigures figures);
  void RemoveService(std::string_view namespace_name, std::string_view service);

  // All of it, and process_series.h, in the text exposition format, version 0.0.4.
  std::string Serialize() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace dso::telemetry
