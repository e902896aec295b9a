#include "api/validation.h"

#include <fmt/format.h>

#include "api/text_patterns.h"
#include "api/validation_parts.h"

namespace dso::api {
namespace {

constexpr size_t kMaxReasonCharacters = 256;

// The name becomes that of a Deployment, an HPA and a Service, and the value of a label.
void CheckName(const Field& spec, const ObjectMeta& meta) {
  if (meta.name.size() <= kMaxLabelLength && IsDnsLabel(meta.name)) return;
  spec.Problem(
      fmt::format("the service's own name becomes a label and the name of a Service; use at most {} lower-case "
                  "letters, digits and '-'",
                  kMaxLabelLength));
}

OverrideSpec ReadOverride(const Field& field) {
  OverrideSpec out;
  field["minReplicas"].Require("give the floor that you want");
  field["until"].Require("an override ends by itself; say when, such as \"2026-12-01T18:00:00Z\"");
  field["reason"].Require("tell whoever finds the override later, such as \"incident 4711\"");
  out.min_replicas = field["minReplicas"].Integer(1, kMaxReplicas).value_or(out.min_replicas);
  out.until = field["until"].Time().value_or(out.until);
  out.reason = field["reason"].String(kMaxReasonCharacters).value_or("");
  return out;
}

bool ReadIstio(const Field& spec) {
  const bool istio = spec["istio"].Boolean().value_or(false);
  if (istio && !spec["service"].present()) {
    spec["istio"].Problem("goes with service only, whose traffic it is about; add service, or remove istio");
  }
  return istio;
}

}  // namespace

std::optional<std::string> ReadLabel(const Field& field) {
  auto text = field.String(kMaxLabelLength);
  if (text && !IsDnsLabel(*text)) {
    field.Problem(field.Shown() + " is not a name; use lower-case letters, digits and '-', such as \"chat\"");
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> ReadObjectName(const Field& field) {
  auto name = field.String(kMaxNameLength);
  if (name && !IsDnsSubdomain(*name)) {
    field.Problem(field.Shown() + " is not the name of an object; use lower-case letters, digits, '-' and '.'");
    return std::nullopt;
  }
  return name;
}

bool HasAtMost(const Field& list, size_t entries) {
  if (!list.present() || list.value().size() <= entries) return true;
  list.Problem(fmt::format("has {} entries; at most {} fit", list.value().size(), entries));
  return false;
}

ServiceSpec ReadSpec(const Field& spec, const ObjectMeta& meta) {
  ServiceSpec out;
  if (!spec.Require("describe the service") || !spec.IsObject()) return out;
  CheckName(spec, meta);
  out.workload = ReadWorkload(spec, meta);
  out.replicas = ReadReplicas(spec["replicas"]);
  out.autoscaling = ReadAutoscaling(spec, meta);
  if (spec["demand"].IsObject()) out.demand = ReadDemand(spec["demand"], meta);
  if (spec["capacity"].IsObject()) out.capacity = ReadCapacity(spec["capacity"], out.demand);
  if (out.demand && !spec["capacity"].present()) {
    spec["capacity"].Problem("missing; with demand, say how much of it one replica carries");
  }
  CheckMeasuredFigures(spec);
  out.prediction = ReadPrediction(spec["prediction"]);
  if (spec["override"].IsObject()) out.override_floor = ReadOverride(spec["override"]);
  out.deletion_policy =
      spec["deletionPolicy"].OneOf({DeletionPolicy::kDelete, DeletionPolicy::kRetain}).value_or(out.deletion_policy);
  out.disruption_budget = ReadDisruptionBudget(spec);
  out.connection_pools = ReadConnectionPools(spec);
  out.istio = ReadIstio(spec);
  return out;
}

}  // namespace dso::api
