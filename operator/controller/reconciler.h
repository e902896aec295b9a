// The reconcile of one service, top to bottom: gather → decide → render → apply → report. Loop thread only.
//
// What it writes, and nothing else (deletion_cost.h writes annotations of pods): the service's Deployment, HPA,
// Service, PodDisruptionBudget, DestinationRule and ConfigMaps of pool sizes (only those that the service controls),
// the first replica count of a Deployment it has just made, the minimum of an adopted autoscaler and three annotations
// on it, the service's status, our finalizer and one annotation on it, and events about the service.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "controller/pass.h"
#include "runtime/leadership.h"

namespace dso::controller {

class Reconciler {
 public:
  // `wake`: see PoolBook.
  Reconciler(Loop& loop, kube::Client& client, ClusterCache& cache, Records& records, runtime::EventRecorder& events,
             const runtime::Leadership& leadership, std::function<void(const kube::ObjectKey&)> wake);

  // Success: what is declared stands, or a condition says what a person has to do; look again after the duration, if
  // any, even if nothing changes. Error: try again soon.
  Task<Result<std::optional<milliseconds>>> Reconcile(kube::ObjectKey key);

  // Passes that are under way end after the write in hand, as they do when the leadership ends.
  void Stop() { stopping_ = true; }

  // Decides afresh. True if that calls for a reconcile: the HPA differs from the decision or the status is worth
  // writing.
  bool LookAgain(const kube::ObjectKey& key);

 private:
  Task<Status> Bring(Pass& pass);
  Task<Status> CheckService(Pass& pass);
  void Decide(Pass& pass);
  Task<Status> ApplyChildren(Pass& pass);
  Task<Status> ApplyFloor(Pass& pass);
  Task<Status> WriteStatus(Pass& pass);
  const api::ServiceStatus& Report(const CachedService& cached, ServiceRecord& record);

  bool MayWrite() const { return !stopping_ && leadership_.Leads(); }

  Records& records_;
  const runtime::Leadership& leadership_;
  kube::Discovery discovery_;
  PoolBook pools_;
  World world_;
  bool stopping_ = false;
};

}  // namespace dso::controller
