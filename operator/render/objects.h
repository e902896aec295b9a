// From a declared service and a decision to the Kubernetes objects that carry them out: server-side apply
// configurations that hold only the fields we own. Pure; deterministic; thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "api/deepseek_service.h"

namespace dso::render {

using Json = nlohmann::json;

// Selects the pods of a service, and marks every object of ours with the service's name.
inline constexpr const char* kServiceLabel = "deepseek-operator.dev/service";
inline constexpr const char* kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr const char* kManagedBy = "deepseek-operator";

// What the HPA scales.
api::TargetRef ScaleTarget(const api::DeepSeekService& service);

// What every object of ours has: name, labels, and an owner reference, by which the garbage collector deletes it when
// the service is gone.
Json Metadata(const api::DeepSeekService& service);

// The labels of the pods of the template. Precondition: the spec is valid and has a template.
Json PodLabels(const api::DeepSeekService& service);

// apps/v1 Deployment of the service's name. It has no spec.replicas: that field belongs to the HPA, and an apply that
// once held it and then leaves it out would reset it to 1. The pod template depends on the service's name and spec and
// on `pool_config_map` alone, so that neither a floor nor an upgrade of the operator rolls a workload
// (tests/render/golden_test.cc). `pool_config_map` names the ConfigMap that connection_pools.h makes; empty: none.
// Precondition: the spec is valid and has a template.
Json Deployment(const api::DeepSeekService& service, const std::string& pool_config_map);

// autoscaling/v2 HorizontalPodAutoscaler of the service's name. Defaults: CPU utilization 70 %, scale-down window 300
// s. Precondition: the spec is valid; 1 <= min <= max of `replicas`, which take the place of those of the spec.
Json HorizontalPodAutoscaler(const api::DeepSeekService& service, const api::ReplicaBounds& replicas);

// v1 Service (ClusterIP) of the service's name. Precondition: the spec has a template with a service.
Json Service(const api::DeepSeekService& service);

}  // namespace dso::render
