// Keeps the annotation controller.kubernetes.io/pod-deletion-cost of the pods of those services that ask for it
// (spec.autoscaling.podDeletionCost), so that a scale-down takes the pods with the least work. Loop thread only.
//
// Asked and written is only while Kubernetes may have to choose, once a minute and service. It is a favour: nothing
// waits for it, and what cannot be read or written stays as it is until the next round.
#pragma once

#include <functional>
#include <stop_token>

#include "base/async.h"
#include "controller/cluster_cache.h"
#include "controller/pod_costs.h"
#include "controller/reconciler.h"
#include "prom/demand_source.h"
#include "telemetry/metrics.h"

namespace dso::controller {

class DeletionCosts {
 public:
  // `updated` is called for each service whose condition has changed.
  DeletionCosts(Loop& loop, kube::Client& client, prom::DemandSource& source, telemetry::Metrics& metrics,
                const ClusterCache& cache, Records& records, std::function<void(const kube::ObjectKey&)> updated);

  // One round: the services whose time has come.
  Task<void> Write(std::stop_token stop);

 private:
  bool IsDue(const kube::ObjectKey& service, const api::ServiceSpec& spec, ServiceRecord& record);
  Task<void> WriteOne(kube::ObjectKey service, PodWorkQuery work, std::stop_token stop);
  Task<void> WritePatches(kube::ObjectKey service, PodWorkQuery work, CostPlan plan, std::stop_token stop);
  void Report(const kube::ObjectKey& service, Verdict verdict, ServiceRecord& record) const;
  // Null if the service is gone, or asks for something else by now.
  ServiceRecord* RecordOf(const kube::ObjectKey& service, const PodWorkQuery& work) const;

  Loop& loop_;
  kube::Client& client_;
  prom::DemandSource& source_;
  telemetry::Metrics& metrics_;
  const ClusterCache& cache_;
  Records& records_;
  std::function<void(const kube::ObjectKey&)> updated_;
  Semaphore places_;
};

}  // namespace dso::controller
