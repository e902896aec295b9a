#include "controller/cluster_cache.h"

#include <algorithm>
#include <set>

#include "base/async.h"
#include "render/connection_pools.h"
#include "render/objects.h"

namespace dso::controller {

using namespace nlohmann::literals;
using kube::IntegerAt;
using kube::Json;
using kube::StringAt;

namespace {

const std::string kOursOnly = std::string(render::kManagedByLabel) + "=" + render::kManagedBy;

std::string ControllerUid(const Json& object) {
  const Json* owners = kube::Find(object, "/metadata/ownerReferences"_json_pointer);
  if (owners == nullptr || !owners->is_array()) return "";
  for (const Json& owner : *owners) {
    const Json* controller = kube::Find(owner, "/controller"_json_pointer);
    if (controller != nullptr && *controller == true) return StringAt(owner, "/uid"_json_pointer);
  }
  return "";
}

std::string LabelOf(const Json& object, const char* name) {
  return StringAt(object, Json::json_pointer("/metadata/labels") / name);
}

bool IsMarkedOurs(const Json& object) { return LabelOf(object, render::kManagedByLabel) == render::kManagedBy; }

bool IsRetained(const Json& object) {
  const std::string name = kube::KeyOf(object).name;
  return ControllerUid(object).empty() && IsMarkedOurs(object) &&
         (LabelOf(object, render::kServiceLabel) == name || render::IsPoolConfigMapName(name)) &&
         kube::Find(object, Json::json_pointer("/metadata/annotations") / kAppliedAnnotation) != nullptr;
}

int IntAt(const Json& object, const Json::json_pointer& path) {
  return static_cast<int>(IntegerAt(object, path).value_or(0));
}

bool IsRollingOut(const Json& deployment) {
  return IntAt(deployment, "/status/updatedReplicas"_json_pointer) < IntAt(deployment, "/status/replicas"_json_pointer);
}

// The condition `type`; null if there is none.
const Json* FindCondition(const Json& object, const std::string& type) {
  const Json* conditions = kube::Find(object, "/status/conditions"_json_pointer);
  if (conditions == nullptr || !conditions->is_array()) return nullptr;
  for (const Json& condition : *conditions) {
    if (StringAt(condition, "/type"_json_pointer) == type) return &condition;
  }
  return nullptr;
}

bool HasStatus(const Json* condition, const std::string& status) {
  return condition != nullptr && StringAt(*condition, "/status"_json_pointer) == status;
}

// API groups have several versions of one kind: a target is its kind and name.
std::string TargetIndexKey(const std::string& ns, const std::string& kind, const std::string& name) {
  return ns + "/" + kind + "/" + name;
}

std::string TargetIndexKey(const CachedService& cached) {
  const api::DeepSeekService& service = cached.service;
  if (!service.spec) return "";
  const api::TargetRef target = render::ScaleTarget(service);
  return TargetIndexKey(service.meta.namespace_name, target.kind, target.name);
}

template <typename Index>
void Reindex(Index& index, const kube::ObjectKey& key, const typename Index::key_type& before,
             const typename Index::key_type& after) {
  if (before == after) return;
  if (const auto found = index.find(before); found != index.end()) {
    std::erase(found->second, key);
    if (found->second.empty()) index.erase(found);
  }
  if (after != typename Index::key_type()) index[after].push_back(key);
}

template <typename Index>
std::vector<kube::ObjectKey> Lookup(const Index& index, const typename Index::key_type& key) {
  const auto found = index.find(key);
  return found == index.end() ? std::vector<kube::ObjectKey>() : found->second;
}

// A backend is known by its name within a namespace. The pods of a spec that cannot be read any more have the
// connections that the status tells of.
std::set<kube::ObjectKey> BackendsOf(const CachedService& cached) {
  const api::DeepSeekService& service = cached.service;
  std::set<kube::ObjectKey> backends;
  const auto add = [&](const std::string& backend) { backends.insert({service.meta.namespace_name, backend}); };
  if (service.spec) {
    for (const api::ConnectionPool& pool : service.spec->connection_pools) add(pool.backend.name);
  } else {
    for (const api::PoolStatus& pool : service.status.connection_pools) add(pool.backend);
  }
  return backends;
}

}  // namespace

std::optional<CachedService> CachedService::FromJson(const Json& object) {
  auto parsed = api::FromJson(object);
  if (!parsed) return std::nullopt;
  CachedService cached{parsed->meta.uid, parsed->meta.resource_version, *std::move(parsed),
                       ClaimOnObject::FromJson(object)};
  return cached;
}

LiveObject LiveObject::Of(const Json& object) {
  Json body{{"metadata", Json::object()}, {"spec", Json::object()}};
  for (const char* field : {"spec", "data", "immutable"}) {
    if (const Json* value = kube::Find(object, Json::json_pointer() / field)) body[field] = *value;
  }
  for (const char* field : {"labels", "annotations", "ownerReferences", "namespace", "name"}) {
    if (const Json* value = kube::Find(object, Json::json_pointer("/metadata") / field))
      body["metadata"][field] = *value;
  }
  return {StringAt(object, "/metadata/uid"_json_pointer), StringAt(object, "/metadata/resourceVersion"_json_pointer),
          ControllerUid(object), api::JsonText(body), IsRetained(object)};
}

std::optional<LiveDeployment> LiveDeployment::FromJson(const Json& object) {
  LiveDeployment deployment;
  static_cast<LiveObject&>(deployment) = LiveObject::Of(object);
  deployment.replicas = IntAt(object, "/status/replicas"_json_pointer);
  deployment.ready_replicas = IntAt(object, "/status/readyReplicas"_json_pointer);
  deployment.wanted_replicas = IntAt(object, "/spec/replicas"_json_pointer);
  deployment.terminating_replicas = IntAt(object, "/status/terminatingReplicas"_json_pointer);
  deployment.rolling_out = IsRollingOut(object);
  if (const Json* pod = kube::Find(object, "/spec/template/spec"_json_pointer)) {
    deployment.pool_config_map = render::PoolConfigMapOf(*pod);
  }
  deployment.available =
      HasStatus(FindCondition(object, "Available"), "True") &&
      IntAt(object, "/status/observedGeneration"_json_pointer) >= IntAt(object, "/metadata/generation"_json_pointer);
  if (const Json* failed = FindCondition(object, "ReplicaFailure"); HasStatus(failed, "True")) {
    deployment.failure = StringAt(*failed, "/message"_json_pointer);
  } else if (const Json* progressing = FindCondition(object, "Progressing"); HasStatus(progressing, "False")) {
    deployment.failure = StringAt(*progressing, "/message"_json_pointer);
  }
  return deployment;
}

std::optional<LiveAutoscaler> LiveAutoscaler::FromJson(const Json& object) {
  LiveAutoscaler autoscaler{LiveObject::Of(object), "", "", std::nullopt, 1, 0, "", "", ""};
  autoscaler.target_kind = StringAt(object, "/spec/scaleTargetRef/kind"_json_pointer);
  autoscaler.target_name = StringAt(object, "/spec/scaleTargetRef/name"_json_pointer);
  autoscaler.max_replicas = IntAt(object, "/spec/maxReplicas"_json_pointer);
  autoscaler.current_replicas = IntAt(object, "/status/currentReplicas"_json_pointer);
  if (const auto min = IntegerAt(object, "/spec/minReplicas"_json_pointer)) {
    autoscaler.min_replicas = static_cast<int>(*min);
  }
  if (const Json* active = FindCondition(object, "ScalingActive")) {
    autoscaler.scaling_active = StringAt(*active, "/status"_json_pointer);
    autoscaler.scaling_reason = StringAt(*active, "/reason"_json_pointer);
    autoscaler.scaling_message = StringAt(*active, "/message"_json_pointer);
  }
  // Somebody else's is only looked at for its target and for adoption.
  if (!IsMarkedOurs(object)) autoscaler.body = api::JsonText();
  auto adoptable = Adoptable::FromJson(api::AdoptedAutoscaler::Kind::kHorizontalPodAutoscaler, object);
  if (adoptable.controller_kind != api::kKind) {
    autoscaler.adoptable = std::make_shared<const Adoptable>(std::move(adoptable));
  }
  return autoscaler;
}

std::optional<LivePoolConfigMap> LivePoolConfigMap::FromJson(const Json& object) {
  auto sizes = render::PoolSizesOf(object);
  if (!sizes) return std::nullopt;
  LivePoolConfigMap config_map{LiveObject::Of(object), LabelOf(object, render::kServiceLabel), *std::move(sizes)};
  return config_map;
}

std::optional<LiveService> LiveService::FromJson(const Json& object) { return LiveService{LiveObject::Of(object)}; }

std::optional<LiveDisruptionBudget> LiveDisruptionBudget::FromJson(const Json& object) {
  LiveDisruptionBudget budget{LiveObject::Of(object), {}};
  if (const Json* selector = kube::Find(object, "/spec/selector"_json_pointer)) {
    budget.selector = api::JsonText(*selector);
  }
  if (!IsMarkedOurs(object)) budget.body = api::JsonText();
  return budget;
}

ClusterCache::ClusterCache(Loop& loop, kube::Client& client, std::vector<std::string> namespaces) {
  if (namespaces.empty()) namespaces = {""};
  for (const std::string& ns : namespaces) {
    const auto watch = [&](const kube::ResourceType& type, std::string label_selector, auto& store) {
      kube::Selection selection{.ns = ns, .label_selector = std::move(label_selector), .field_selector = {}};
      reflectors_[ns].push_back(
          std::make_unique<runtime::Reflector>(loop, client, type, std::move(selection), store.SinkOf(ns)));
    };
    watch(kube::kDeepSeekServices, "", services);
    watch(kube::kDeployments, kOursOnly, deployments);
    watch(kube::kHorizontalPodAutoscalers, "", autoscalers);
    watch(kube::kServices, kOursOnly, cluster_services);
    watch(kube::kPodDisruptionBudgets, "", disruption_budgets);
    watch(kube::kConfigMaps, kOursOnly, pool_config_maps);
    watch(kube::kPods, render::kServiceLabel, pods);
  }
  services.AddListener([this](const kube::ObjectKey& key, const auto& before, const auto& after) {
    Reindex(services_by_target_, key, before ? TargetIndexKey(*before) : "", after ? TargetIndexKey(*after) : "");
    const std::set<kube::ObjectKey> backends_before = before ? BackendsOf(*before) : std::set<kube::ObjectKey>();
    const std::set<kube::ObjectKey> backends_after = after ? BackendsOf(*after) : std::set<kube::ObjectKey>();
    for (const kube::ObjectKey& backend : backends_before) {
      if (!backends_after.contains(backend)) Reindex(services_by_backend_, key, backend, {});
    }
    for (const kube::ObjectKey& backend : backends_after) {
      if (!backends_before.contains(backend)) Reindex(services_by_backend_, key, {}, backend);
    }
  });
  autoscalers.AddListener([this](const kube::ObjectKey& key, const auto& before, const auto& after) {
    const auto index_key = [&key](const auto& value) {
      return value ? TargetIndexKey(key.ns, value->target_kind, value->target_name) : std::string();
    };
    Reindex(autoscalers_by_target_, key, index_key(before), index_key(after));
  });
  pool_config_maps.AddListener([this](const kube::ObjectKey& key, const auto& before, const auto& after) {
    const auto index_key = [&key](const auto& config_map) {
      return config_map ? kube::ObjectKey{key.ns, config_map->service} : kube::ObjectKey();
    };
    Reindex(pool_config_maps_by_service_, key, index_key(before), index_key(after));
  });
  pods.AddListener([this](const kube::ObjectKey& key, const auto& before, const auto& after) {
    const auto index_key = [&key](const auto& pod) {
      return pod ? kube::ObjectKey{key.ns, pod->service} : kube::ObjectKey();
    };
    Reindex(pods_by_service_, key, index_key(before), index_key(after));
  });
}

Task<void> ClusterCache::Run(std::stop_token stop) {
  std::vector<Task<void>> watches;
  for (const auto& [ns, reflectors] : reflectors_) {
    for (const auto& reflector : reflectors) watches.push_back(reflector->Run(stop));
  }
  co_await WhenAll(std::move(watches));
}

bool ClusterCache::HasSynced() const {
  return std::all_of(reflectors_.begin(), reflectors_.end(),
                     [this](const auto& each) { return HasSynced(each.first); });
}

bool ClusterCache::HasSynced(const std::string& ns) const {
  auto found = reflectors_.find("");
  if (found == reflectors_.end()) found = reflectors_.find(ns);
  if (found == reflectors_.end()) return false;
  return std::all_of(found->second.begin(), found->second.end(),
                     [](const auto& reflector) { return reflector->HasSynced(); });
}

std::string ClusterCache::LastError() const {
  for (const auto& [ns, reflectors] : reflectors_) {
    for (const auto& reflector : reflectors) {
      if (!reflector->LastError().empty()) return reflector->LastError();
    }
  }
  return "";
}

void ClusterCache::OnStateChange(std::function<void()> callback) {
  for (const auto& [ns, reflectors] : reflectors_) {
    for (const auto& reflector : reflectors) reflector->OnStateChange(callback);
  }
}

std::vector<kube::ObjectKey> ClusterCache::AutoscalersOf(const std::string& ns, const api::TargetRef& target) const {
  return Lookup(autoscalers_by_target_, TargetIndexKey(ns, target.kind, target.name));
}

std::vector<kube::ObjectKey> ClusterCache::ServicesOf(const std::string& ns, const api::TargetRef& target) const {
  return Lookup(services_by_target_, TargetIndexKey(ns, target.kind, target.name));
}

std::optional<Adoptable> ClusterCache::FindAdoptable(const std::string& ns, const api::AdoptedAutoscaler& ref) const {
  if (ref.kind != api::AdoptedAutoscaler::Kind::kHorizontalPodAutoscaler) return std::nullopt;
  const kube::ObjectKey key{ns, ref.name};
  const auto live = autoscalers.Get(key);
  if (!live) return std::nullopt;
  if (live->adoptable) return *live->adoptable;
  Adoptable own;  // the operator's: it has the name of its service
  own.key = key;
  own.uid = live->uid;
  own.controller_kind = api::kKind;
  own.controller_name = ref.name;
  return own;
}

std::vector<kube::ObjectKey> ClusterCache::PodsOf(const kube::ObjectKey& service) const {
  return Lookup(pods_by_service_, service);
}

std::vector<kube::ObjectKey> ClusterCache::PoolConfigMapsOf(const kube::ObjectKey& service) const {
  return Lookup(pool_config_maps_by_service_, service);
}

std::vector<kube::ObjectKey> ClusterCache::ServicesWithBackend(const std::string& ns,
                                                               const std::string& backend) const {
  return Lookup(services_by_backend_, {ns, backend});
}

}  // namespace dso::controller
