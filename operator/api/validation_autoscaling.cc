#include <fmt/format.h>

#include <algorithm>

#include "api/validation_parts.h"

namespace dso::api {
namespace {

constexpr int kMaxScaleDownWindowSeconds = 3'600;  // autoscaling/v2
constexpr size_t kMaxMetrics = 16;

// Of `autoscaling`, in the order of their kinds.
struct AdoptedField {
  const char* name;
  AdoptedAutoscaler::Kind kind;
};
constexpr AdoptedField kAdoptedFields[] = {{"hpaRef", AdoptedAutoscaler::Kind::kHorizontalPodAutoscaler},
                                           {"scaledObjectRef", AdoptedAutoscaler::Kind::kScaledObject}};

std::optional<AdoptedAutoscaler> ReadAdopted(const Field& autoscaling, bool has_target) {
  std::optional<AdoptedAutoscaler> out;
  for (const auto& [name, kind] : kAdoptedFields) {
    const Field ref = autoscaling[name];
    if (!ref.present()) continue;
    if (out) {
      autoscaling.Problem(
          "hpaRef and scaledObjectRef exclude each other; of an HPA that KEDA made, keep scaledObjectRef");
    }
    out = AdoptedAutoscaler{kind, ""};
    if (!has_target) {
      ref.Problem(
          "goes with targetRef only, the workload that the autoscaler scales already; remove it, and the "
          "operator makes an HPA");
    }
    if (!ref.IsObject()) continue;
    ref["name"].Require(fmt::format("give the name of the {} to adopt", ToString(kind)));
    out->name = ReadObjectName(ref["name"]).value_or("");
  }
  for (const char* name : {"metrics", "behavior"}) {
    if (out && autoscaling[name].present()) {
      autoscaling[name].Problem("is the adopted autoscaler's own; change it there and remove it here");
    }
  }
  return out;
}

std::optional<PodDeletionCost> ReadPodDeletionCost(const Field& cost, bool has_demand, const ObjectMeta& meta) {
  if (!cost.IsObject()) return std::nullopt;
  if (!has_demand) cost.Problem("goes with demand, whose Prometheus server it asks; add demand, or remove it");
  cost["query"].Require("give the PromQL that counts the requests in work by pod");
  return PodDeletionCost{ReadQuery(cost["query"], meta)};
}

}  // namespace

ReplicaBounds ReadReplicas(const Field& replicas) {
  ReplicaBounds out;
  if (!replicas.Require("give at least replicas.max") || !replicas.IsObject()) return out;
  replicas["max"].Require("give the largest number of replicas that you want to pay for");
  const auto min = replicas["min"].Integer(1, kMaxReplicas);
  const auto max = replicas["max"].Integer(1, kMaxReplicas);
  out.min = min.value_or(out.min);
  out.max = max.value_or(std::max(out.min, out.max));
  if (max && out.max < out.min) {
    replicas["max"].Problem(fmt::format("{} is below min, {}; raise it or lower min", out.max, out.min));
  }
  return out;
}

AutoscalingSpec ReadAutoscaling(const Field& spec, const ObjectMeta& meta) {
  AutoscalingSpec out;
  const Field autoscaling = spec["autoscaling"];
  if (!autoscaling.IsObject()) return out;
  out.adopted = ReadAdopted(autoscaling, spec["targetRef"].present());
  out.pod_deletion_cost = ReadPodDeletionCost(autoscaling["podDeletionCost"], spec["demand"].present(), meta);
  const Field metrics = autoscaling["metrics"];
  out.metrics = metrics.List().value_or(JsonText());
  if (!out.metrics.empty()) {
    if (metrics.value().empty()) out.metrics = {};  // [] asks for the default, as leaving it out does
    if (metrics.value().size() > kMaxMetrics) metrics.Problem(fmt::format("has more than {} entries", kMaxMetrics));
    for (const Field& metric : metrics.Elements()) {
      if (metric.Require("remove the empty entry") && metric.IsObject()) metric["type"].Require("such as Resource");
    }
  }
  const Field behavior = autoscaling["behavior"];
  out.behavior = behavior.Object().value_or(JsonText());
  if (out.behavior.text() == "{}") out.behavior = {};
  const Field scale_down = behavior["scaleDown"];
  if (!scale_down.IsObject()) return out;
  const auto window = scale_down["stabilizationWindowSeconds"].Integer(0, kMaxScaleDownWindowSeconds);
  if (window) out.scale_down_window = seconds(*window);
  return out;
}

}  // namespace dso::api
