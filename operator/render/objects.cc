#include "render/objects.h"

#include "render/connection_pools.h"

namespace dso::render {
namespace {

constexpr int kDefaultCpuUtilizationPercent = 70;
constexpr int kDefaultScaleDownWindowSeconds = 300;

Json Labels(const api::DeepSeekService& service) {
  return {
      {"app.kubernetes.io/name", service.meta.name}, {kManagedByLabel, kManagedBy}, {kServiceLabel, service.meta.name}};
}

const api::ServiceSpec& SpecOf(const api::DeepSeekService& service) { return *service.spec; }

const api::OwnedWorkload& WorkloadOf(const api::DeepSeekService& service) {
  return std::get<api::OwnedWorkload>(SpecOf(service).workload);
}

Json PodTemplate(const api::DeepSeekService& service) {
  Json pod_template = WorkloadOf(service).pod_template.Parse();
  // The person's own labels stay; ours win, because the selector depends on them.
  pod_template["metadata"]["labels"].update(Labels(service));
  return pod_template;
}

Json IntOrString(const api::IntOrString& value) {
  return std::visit([](const auto& either) { return Json(either); }, value);
}

}  // namespace

api::TargetRef ScaleTarget(const api::DeepSeekService& service) {
  if (const auto* target = std::get_if<api::TargetRef>(&SpecOf(service).workload)) return *target;
  return {"apps/v1", "Deployment", service.meta.name};
}

Json Metadata(const api::DeepSeekService& service) {
  const Json owner{{"apiVersion", api::kApiVersion}, {"kind", api::kKind}, {"name", service.meta.name},
                   {"uid", service.meta.uid},        {"controller", true}, {"blockOwnerDeletion", true}};
  return {{"namespace", service.meta.namespace_name},
          {"name", service.meta.name},
          {"labels", Labels(service)},
          {"ownerReferences", Json::array({owner})}};
}

Json PodLabels(const api::DeepSeekService& service) { return PodTemplate(service)["metadata"]["labels"]; }

Json Deployment(const api::DeepSeekService& service, const std::string& pool_config_map) {
  const api::OwnedWorkload& workload = WorkloadOf(service);
  Json spec{{"selector", {{"matchLabels", {{kServiceLabel, service.meta.name}}}}}, {"template", PodTemplate(service)}};
  if (!pool_config_map.empty()) ReferToPoolConfigMap(pool_config_map, spec["template"]["spec"]);
  if (!workload.strategy.empty()) spec["strategy"] = workload.strategy.Parse();
  if (workload.min_ready_seconds > 0) spec["minReadySeconds"] = workload.min_ready_seconds;
  return {{"metadata", Metadata(service)}, {"spec", std::move(spec)}};
}

Json HorizontalPodAutoscaler(const api::DeepSeekService& service, const api::ReplicaBounds& replicas) {
  const api::AutoscalingSpec& autoscaling = SpecOf(service).autoscaling;
  const api::TargetRef target = ScaleTarget(service);
  const Json cpu{{"type", "Resource"},
                 {"resource",
                  {{"name", "cpu"},
                   {"target", {{"type", "Utilization"}, {"averageUtilization", kDefaultCpuUtilizationPercent}}}}}};
  const Json behavior{{"scaleDown", {{"stabilizationWindowSeconds", kDefaultScaleDownWindowSeconds}}}};
  return {{"metadata", Metadata(service)},
          {"spec",
           {{"scaleTargetRef", {{"apiVersion", target.api_version}, {"kind", target.kind}, {"name", target.name}}},
            {"minReplicas", replicas.min},
            {"maxReplicas", replicas.max},
            {"metrics", autoscaling.metrics.empty() ? Json::array({cpu}) : autoscaling.metrics.Parse()},
            {"behavior", autoscaling.behavior.empty() ? behavior : autoscaling.behavior.Parse()}}}};
}

Json Service(const api::DeepSeekService& service) {
  const api::ServicePort& port = *WorkloadOf(service).service;
  return {{"metadata", Metadata(service)},
          {"spec",
           {{"type", "ClusterIP"},
            {"selector", {{kServiceLabel, service.meta.name}}},
            {"ports", Json::array({{{"name", "http"},
                                    {"protocol", "TCP"},
                                    {"port", port.port},
                                    {"targetPort", IntOrString(port.target_port)}}})}}}};
}

}  // namespace dso::render
