// What is kept of a pod: how far its start-up has come, and what is in its way. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "decide/start_up.h"
#include "kube/object.h"

namespace dso::controller {

// Which of its ready pods a ReplicaSet deletes first: that with the lowest. Without it a pod has 0.
inline constexpr const char* kDeletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost";

// What a pod waits for, as far as its status says; the worst of its containers. From kImage on it is not a matter of
// time.
enum class PodWaits : uint8_t {
  kNothing,        // or nothing that has a name: it runs, and is not ready yet
  kContainers,     // ContainerCreating, PodInitializing: images are pulled, init containers run
  kNode,           // Unschedulable
  kImage,          // ErrImagePull, ImagePullBackOff, InvalidImageName, …
  kConfiguration,  // CreateContainerConfigError, CreateContainerError, RunContainerError, …
  kBackOff,        // CrashLoopBackOff
};
std::string_view ToString(PodWaits waits);

// Tells the few ConfigMaps of one service from each other; never 0.
uint32_t PoolConfigMapId(std::string_view name);

// For runtime::Store. A pod that is Succeeded or Failed is projected like the others and marked, since an object that
// is refused leaves its former state in the store.
struct LivePod {
  uint64_t uid = 0;               // Fnv1a of the UID: 36 letters of it would be a third of what is kept
  uint64_t resource_version = 0;  // Fnv1a, to tell one version from another
  std::string service;            // label deepseek-operator.dev/service; "" if it has none
  decide::PodStart start;
  WallTime since{};                 // it is ready, or not ready, since then
  std::optional<WallTime> deleted;  // when its deletion was asked for
  PodWaits waits = PodWaits::kNothing;
  uint8_t restarts = 0;          // of all its containers together; 255 stands for more
  bool finished = false;         // phase Succeeded or Failed: it is no replica any more
  uint32_t pool_config_map = 0;  // PoolConfigMapId of that which gave it its pool sizes; 0 if none did
  int32_t deletion_cost = 0;     // of its annotation; 0 without one or where it is no number, as for Kubernetes

  bool Ready() const { return start.ready.has_value(); }

  // Empty without a name, a UID or a time of creation.
  static std::optional<LivePod> FromJson(const kube::Json& object);
};
static_assert(sizeof(LivePod) <= 152, "the pods of 10,000 services are kept in memory");

// Tells `times`, those of the pod's service, what a listener of the store heard: before == nullptr for a pod that is
// new, after == nullptr for one that is gone.
void Learn(decide::StartUpTimes& times, const LivePod* before, const LivePod* after, WallTime now);

}  // namespace dso::controller
