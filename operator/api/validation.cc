#include "api/validation.h"

#include <fmt/format.h>

#include "api/text_patterns.h"
#include "api/validation_parts.h"

namespace dso::api {
namespace {

// The name becomes that of a Deployment, an HPA and a Service, and the value of a label.
void CheckName(const Field& spec, const ObjectMeta& meta) {
  if (meta.name.size() <= kMaxLabelLength && IsDnsLabel(meta.name)) return;
  spec.Problem(
      fmt::format("the service's own name becomes a label and the name of a Service; use at most {} lower-case "
                  "letters, digits and '-'",
                  kMaxLabelLength));
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

ServiceSpec ReadSpec(const Field& spec, const ObjectMeta& meta) {
  ServiceSpec out;
  if (!spec.Require("describe the service") || !spec.IsObject()) return out;
  CheckName(spec, meta);
  out.workload = ReadWorkload(spec, meta);
  out.replicas = ReadReplicas(spec["replicas"]);
  out.autoscaling = ReadAutoscaling(spec["autoscaling"]);
  if (spec["demand"].IsObject()) out.demand = ReadDemand(spec["demand"], meta);
  if (spec["capacity"].IsObject()) out.capacity = ReadCapacity(spec["capacity"], out.demand);
  if (out.demand && !spec["capacity"].present()) {
    spec["capacity"].Problem("missing; with demand, say how much of it one replica carries");
  }
  out.prediction = ReadPrediction(spec["prediction"]);
  return out;
}

}  // namespace dso::api
