// Names of things in Kubernetes: types of resources, keys of objects, and the paths under which the API server has
// them. Plain values; pure, thread-safe.
#pragma once

#include <compare>
#include <functional>
#include <string>

namespace dso::kube {

struct ResourceType {
  std::string group;  // "" for core
  std::string version;
  std::string plural;
  std::string kind;
  bool namespaced = true;

  // "v1" or "apps/v1", as in an object's apiVersion.
  std::string ApiVersion() const { return group.empty() ? version : group + "/" + version; }
  // "deployments.apps", as in error messages and RBAC.
  std::string ToString() const { return group.empty() ? plural : plural + "." + group; }
  bool operator==(const ResourceType&) const = default;
};

struct ObjectKey {
  std::string ns;  // "" for cluster-scoped objects
  std::string name;

  std::string ToString() const { return ns.empty() ? name : ns + "/" + name; }
  auto operator<=>(const ObjectKey&) const = default;
};

// "/apis/apps/v1/namespaces/prod/deployments/chat/scale". An empty namespace means all namespaces, an empty name the
// collection, an empty subresource the object itself.
std::string PathOf(const ResourceType& type, const ObjectKey& key, const std::string& subresource = "");

inline const ResourceType kDeepSeekServices{"deepseek-operator.dev", "v1alpha1", "deepseekservices", "DeepSeekService"};
inline const ResourceType kDeployments{"apps", "v1", "deployments", "Deployment"};
inline const ResourceType kHorizontalPodAutoscalers{"autoscaling", "v2", "horizontalpodautoscalers",
                                                    "HorizontalPodAutoscaler"};
inline const ResourceType kScaledObjects{"keda.sh", "v1alpha1", "scaledobjects", "ScaledObject"};
inline const ResourceType kDestinationRules{"networking.istio.io", "v1", "destinationrules", "DestinationRule"};
inline const ResourceType kPodDisruptionBudgets{"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"};
inline const ResourceType kPods{"", "v1", "pods", "Pod"};
inline const ResourceType kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
inline const ResourceType kServices{"", "v1", "services", "Service"};
inline const ResourceType kLeases{"coordination.k8s.io", "v1", "leases", "Lease"};
inline const ResourceType kEvents{"events.k8s.io", "v1", "events", "Event"};

}  // namespace dso::kube

template <>
struct std::hash<dso::kube::ObjectKey> {
  size_t operator()(const dso::kube::ObjectKey& key) const noexcept {
    const size_t seed = std::hash<std::string>()(key.ns);
    return seed ^ (std::hash<std::string>()(key.name) + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2));
  }
};
