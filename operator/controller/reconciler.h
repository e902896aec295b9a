// The reconcile of one service, top to bottom: gather → decide → render → apply → report. Loop thread only.
//
// What it writes, and nothing else (deletion_cost.h writes annotations of pods): the service's Deployment, HPA and
// Service (only those that the service controls), the first replica count of a Deployment it has just made, the
// service's status, and events about the service.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "controller/cluster_cache.h"
#include "controller/service_record.h"
#include "kube/discovery.h"
#include "runtime/event_recorder.h"

namespace dso::controller {

using Records = std::unordered_map<kube::ObjectKey, std::shared_ptr<ServiceRecord>>;

class Reconciler {
 public:
  Reconciler(Loop& loop, kube::Client& client, ClusterCache& cache, Records& records, runtime::EventRecorder& events);

  // Success: what is declared stands, or a condition says what a person has to do; look again after the duration, if
  // any, even if nothing changes. Error: try again soon.
  Task<Result<std::optional<milliseconds>>> Reconcile(kube::ObjectKey key);

  // Passes that are under way end after the write in hand.
  void Stop() { stopping_ = true; }

  // Decides afresh. True if that calls for a reconcile: the HPA differs from the decision or the status is worth
  // writing.
  bool LookAgain(const kube::ObjectKey& key);

 private:
  // What one pass works on; all of it outlives the pass.
  struct Pass {
    kube::ObjectKey key;
    std::shared_ptr<const CachedService> cached;
    std::shared_ptr<ServiceRecord> record;
    std::optional<milliseconds> look_again{};
    // As decided at the begin of the pass, from the spec of the pass: a later look may already go by another one.
    decide::Decision decision{};
    bool refused = false;  // a person has to act first
  };

  Task<Status> CheckTarget(Pass& pass);
  Task<Status> ApplyChildren(Pass& pass);
  Task<Status> CheckAdoptedTarget(Pass& pass, api::TargetRef target);
  std::optional<Verdict> FindConflict(const Pass& pass) const;
  Task<Status> ApplyWorkload(Pass& pass);
  Task<Status> RemoveFormerWorkload(Pass& pass);
  Task<Status> ApplyService(Pass& pass);
  Task<Status> ApplyAutoscaler(Pass& pass);
  Task<Status> WriteStatus(Pass& pass);

  void ReportFloor(const Pass& pass, int before);
  void ReportConditions(const Pass& pass, const std::vector<api::Condition>& now);
  std::shared_ptr<const LiveAutoscaler> OwnAutoscaler(const Pass& pass) const;

  Loop& loop_;
  kube::Client& client_;
  ClusterCache& cache_;
  Records& records_;
  runtime::EventRecorder& events_;
  kube::Discovery discovery_;
  bool stopping_ = false;
};

}  // namespace dso::controller
