// What is known of the pods of each service, and what their start-ups teach. Loop thread only.
//
// Pods of a template carry our label and are watched. Those of an adopted target carry somebody's labels: they are
// listed by the selector of the target's scale, often while some are on their way and once a minute otherwise.
#pragma once

#include <stop_token>

#include "base/async.h"
#include "controller/cluster_cache.h"
#include "controller/reconciler.h"
#include "kube/discovery.h"

namespace dso::controller {

class PodIntake {
 public:
  PodIntake(Loop& loop, kube::Client& client, ClusterCache& cache, Records& records);

  // A service that is new to this process: what the watch knows of its pods already.
  void Begin(const kube::ObjectKey& service, ServiceRecord& record) const;

  // Lists the pods of the adopted targets whose time has come. What cannot be read stays as it was.
  Task<void> ReadAdopted(std::stop_token stop);

 private:
  Task<void> ReadOne(kube::ObjectKey service, api::TargetRef target, std::stop_token stop);

  Loop& loop_;
  kube::Client& client_;
  const ClusterCache& cache_;
  Records& records_;
  kube::Discovery discovery_;
  Semaphore places_;
};

}  // namespace dso::controller
