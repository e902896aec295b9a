// What the controller keeps of the cluster: projections of the objects it watches. Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "api/deepseek_service.h"
#include "controller/adoptable.h"
#include "controller/claim.h"
#include "controller/live_pod.h"
#include "kube/client.h"
#include "runtime/reflector.h"
#include "runtime/store.h"

namespace dso::controller {

struct CachedService {
  std::string uid;
  std::string resource_version;
  api::DeepSeekService service;
  ClaimOnObject metadata{};

  static std::optional<CachedService> FromJson(const kube::Json& object);
};

// Marks an object with what was applied to it. A field that is dropped from the configuration is still in the live
// object, where a comparison of fields cannot miss it; the mark tells.
inline constexpr const char* kAppliedAnnotation = "deepseek-operator.dev/applied";

// What every child object has: who controls it, and the part of it that an apply configuration is compared with.
struct LiveObject {
  std::string uid;
  std::string resource_version;
  std::string controller_uid;  // of the ownerReference with controller=true; "" if nobody controls it
  api::JsonText body;          // {"metadata": {labels, annotations, ownerReferences}, "spec": …}
  // Made by us for a service of its name that is gone (deletionPolicy: Retain), and nobody's since: the next service of
  // that name may have it.
  bool retained = false;

  static LiveObject Of(const kube::Json& object);
};

struct LiveDeployment : LiveObject {
  int replicas = 0;
  int ready_replicas = 0;
  bool available = false;        // condition Available of the newest generation
  std::string failure;           // message of ReplicaFailure, or of Progressing=False: a quota, an image, a deadline
  int terminating_replicas = 0;  // that the API server counts: older ones count none
  int wanted_replicas = 0;       // spec.replicas
  bool rolling_out = false;      // pods of an older template are there
  std::string pool_config_map;   // of pool settings, that its containers refer to; "" if none

  static std::optional<LiveDeployment> FromJson(const kube::Json& object);
};

struct LiveAutoscaler : LiveObject {
  std::string target_kind;
  std::string target_name;
  std::optional<int> min_replicas;
  int max_replicas = 1;
  int current_replicas = 0;
  // Its condition ScalingActive: "True", "False", or "" while there is none.
  std::string scaling_active;
  std::string scaling_reason;
  std::string scaling_message;
  // Null for the operator's own, which nobody adopts.
  std::shared_ptr<const Adoptable> adoptable{};

  static std::optional<LiveAutoscaler> FromJson(const kube::Json& object);
};

// The sizes of connection pools that pods were given (render/connection_pools.h).
struct LivePoolConfigMap : LiveObject {
  std::string service;  // its label
  std::map<std::string, int> sizes;

  // Empty for any other ConfigMap.
  static std::optional<LivePoolConfigMap> FromJson(const kube::Json& object);
};

struct LiveService : LiveObject {
  static std::optional<LiveService> FromJson(const kube::Json& object);
};

struct LiveDisruptionBudget : LiveObject {
  api::JsonText selector;  // a LabelSelector; absent: it selects no pods

  static std::optional<LiveDisruptionBudget> FromJson(const kube::Json& object);
};

class ClusterCache {
 public:
  // Of these namespaces, each with watches of its own; of all if there are none.
  ClusterCache(Loop& loop, kube::Client& client, std::vector<std::string> namespaces = {});

  // Ends when a stop is requested.
  Task<void> Run(std::stop_token stop);
  bool HasSynced() const;
  // Whether all that belongs to the services of a namespace is known: they have nothing to do with what is in another.
  bool HasSynced(const std::string& ns) const;
  // What cannot be read now, and why; empty while all is well.
  std::string LastError() const;
  void OnStateChange(std::function<void()> callback);

  // HPAs that scale `target` in `ns`, by name.
  std::vector<kube::ObjectKey> AutoscalersOf(const std::string& ns, const api::TargetRef& target) const;
  // DeepSeekServices in `ns` whose workload is `target`, by name.
  std::vector<kube::ObjectKey> ServicesOf(const std::string& ns, const api::TargetRef& target) const;
  // The autoscaler that `ref` names in `ns` if it is an HPA; a ScaledObject is not watched.
  std::optional<Adoptable> FindAdoptable(const std::string& ns, const api::AdoptedAutoscaler& ref) const;

  // Pods that carry the label of a service, and ConfigMaps.
  std::vector<kube::ObjectKey> PodsOf(const kube::ObjectKey& service) const;
  std::vector<kube::ObjectKey> PoolConfigMapsOf(const kube::ObjectKey& service) const;
  // DeepSeekServices in `ns` with a pool for the backend.
  std::vector<kube::ObjectKey> ServicesWithBackend(const std::string& ns, const std::string& backend) const;

  runtime::Store<CachedService> services;
  runtime::Store<LiveDeployment> deployments;               // ours only
  runtime::Store<LiveAutoscaler> autoscalers;               // all: two HPAs on one target stop both
  runtime::Store<LiveService> cluster_services;             // ours only
  runtime::Store<LiveDisruptionBudget> disruption_budgets;  // all: with two on one pod, no eviction is allowed
  runtime::Store<LivePoolConfigMap> pool_config_maps;       // ours only
  runtime::Store<LivePod> pods;  // of templates; those of adopted targets are asked for (pod_intake.h)

 private:
  using TargetIndex = std::unordered_map<std::string, std::vector<kube::ObjectKey>>;
  TargetIndex autoscalers_by_target_;
  TargetIndex services_by_target_;
  std::unordered_map<kube::ObjectKey, std::vector<kube::ObjectKey>> pods_by_service_;
  std::unordered_map<kube::ObjectKey, std::vector<kube::ObjectKey>> pool_config_maps_by_service_;
  std::map<kube::ObjectKey, std::vector<kube::ObjectKey>> services_by_backend_;

  // One for each resource.
  using Reflectors = std::vector<std::unique_ptr<runtime::Reflector>>;
  std::map<std::string, Reflectors> reflectors_;  // by namespace; by "" for all namespaces
};

}  // namespace dso::controller
