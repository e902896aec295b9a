// The controller: what makes a service be looked at, and by whom.
//
//   watch (services, their children)  ─┐
//   sync period: demand of all services ├→ work queue → workers → Reconciler
//   a history has been read            ─┘              (while this process leads)
//
// Loop thread only; everything it is given outlives Run().
#pragma once

#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/backend_intake.h"
#include "controller/cluster_cache.h"
#include "controller/deletion_cost.h"
#include "controller/demand_intake.h"
#include "controller/external_intake.h"
#include "controller/pod_intake.h"
#include "controller/reconciler.h"
#include "rpc/board.h"
#include "rpc/forecast_path.h"
#include "runtime/event_recorder.h"
#include "runtime/leadership.h"
#include "runtime/work_queue.h"
#include "telemetry/health.h"
#include "telemetry/metrics.h"

namespace dso::controller {

struct ControllerOptions {
  milliseconds sync_period = seconds(15);
  int max_concurrent_reconciles = 16;
  std::string instance;                             // this process in events: the name of its pod
  std::string lease{};                              // in metrics: what its leadership depends on; "" if it leads always
  std::vector<std::string> namespaces{};            // whose services are looked after; empty: all
  std::vector<ConfiguredForecaster> forecasters{};  // names are unique
};

// The readiness check that is reported to telemetry::Health: the watches are current.
inline constexpr const char* kCachesCheck = "caches";

class Controller {
 public:
  // `client` refuses writes while this process does not lead (runtime/fenced_transport.h). Until it does it watches,
  // reads the demand and forecasts, so that it is warm when its turn comes.
  Controller(Loop& loop, kube::Client& client, prom::DemandSource& source, telemetry::Metrics& metrics,
             telemetry::Health& health, runtime::Leadership& leadership, rpc::Board& board, ControllerOptions options);

  // What the forecaster of a service expects. kNotFound: no such service; kUnavailable: it has no forecast, and why.
  Result<rpc::ForecastPath> Forecast(const std::string& ns, const std::string& name, rpc::PathQuery query) const;

  // Called once all services are known.
  void OnSynced(std::function<void()> listener) { on_synced_ = std::move(listener); }

  // Ends soon after a stop is requested: the write in hand is finished, no other is begun.
  Task<void> Run(std::stop_token stop);

 private:
  void ListenToCaches();
  void OnServiceChange(const kube::ObjectKey& key, const CachedService* before, const CachedService* after);
  void LookAtSharers(const kube::ObjectKey& key, const CachedService& before);
  void ReportCaches();
  void OnLeadership(bool leads);
  void BeginNamespace(const std::string& ns);
  Task<void> WorkOnceSynced(std::stop_token stop);
  Task<void> Work();
  Task<void> ProcessOne(runtime::WorkQueue::Item item);
  Task<void> WriteDeletionCosts(std::stop_token stop);
  Task<void> AskForecasters(std::stop_token stop);
  Task<void> SyncPeriodically(std::stop_token stop);
  // Runs `work` once a sync period; `name` is of what throws.
  Task<void> Periodically(std::string name, std::function<Task<void>()> work, std::stop_token stop);
  Task<void> ShutDownOn(std::stop_token stop);
  void LookAgain(const kube::ObjectKey& key);
  void ReportService(const kube::ObjectKey& key);

  Loop& loop_;
  telemetry::Metrics& metrics_;
  telemetry::Health& health_;
  const runtime::Leadership& leadership_;
  rpc::Board& board_;
  const ControllerOptions options_;
  std::function<void()> on_synced_;

  Records records_;
  ClusterCache cache_;
  runtime::EventRecorder events_;
  runtime::WorkQueue queue_;
  Reconciler reconciler_;
  DemandIntake intake_;
  PodIntake pods_;
  BackendIntake backends_;
  DeletionCosts deletion_costs_;
  ExternalIntake external_;
  std::set<std::string> not_synced_yet_;  // namespaces; "" stands for all
  Deferred<bool> a_namespace_synced_;
  size_t counted_adds_ = 0;  // of the queue, in the metrics already
};

}  // namespace dso::controller
