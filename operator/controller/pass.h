// What one reconcile of one service works with. Loop thread only.
#pragma once

#include <memory>
#include <optional>

#include "controller/cluster_cache.h"
#include "controller/pool_book.h"
#include "controller/service_record.h"
#include "kube/discovery.h"
#include "runtime/event_recorder.h"

namespace dso::controller {

// A rollout that changes the sizes of connection pools is looked at again this late: what it makes room for waits.
inline constexpr milliseconds kPoolRecheck = seconds(5);

// What is not watched (a target, a ScaledObject, a foreign object, a right) is looked at again this late.
inline constexpr milliseconds kRecheck = std::chrono::minutes(1);

// What all passes share; it outlives them.
struct World {
  Loop& loop;
  kube::Client& client;
  ClusterCache& cache;
  runtime::EventRecorder& events;
  kube::Discovery& discovery;
  PoolBook& pools;
};

// All of it outlives the pass. Each part of a pass may set `refused`; the parts after it look.
struct Pass {
  kube::ObjectKey key;
  std::shared_ptr<const CachedService> cached;
  std::shared_ptr<ServiceRecord> record;
  std::optional<milliseconds> look_again{};
  // As decided at the begin of the pass, from the spec of the pass: a later look may already go by another one.
  decide::Decision decision{};
  bool refused = false;                    // a person has to act first
  std::string pool_config_map{};           // that the pod template is to refer to; "" for none
  std::optional<Verdict> claim_problem{};  // why the finalizer, or the claim on an autoscaler, could not be written

  const api::ServiceSpec& spec() const { return *cached->service.spec; }
  const std::optional<api::AdoptedAutoscaler>& adopted() const { return spec().autoscaling.adopted; }
};

// The service's own HPA; null if there is none, or the HPA of its name is somebody else's.
inline std::shared_ptr<const LiveAutoscaler> OwnAutoscaler(const World& world, const Pass& pass) {
  auto live = world.cache.autoscalers.Get(pass.key);
  return live && live->controller_uid == pass.cached->uid ? live : nullptr;
}

}  // namespace dso::controller
