#include "controller/adoption_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/deepseek_service.h"

namespace dso::controller {
namespace {

using Kind = api::AdoptedAutoscaler::Kind;

// As a person writes it in the spec.
const char* FieldOf(Kind kind) { return kind == Kind::kScaledObject ? "scaledObjectRef" : "hpaRef"; }
const char* MinimumOf(Kind kind) { return kind == Kind::kScaledObject ? "minReplicaCount" : "minReplicas"; }
const char* MaximumOf(Kind kind) { return kind == Kind::kScaledObject ? "maxReplicaCount" : "maxReplicas"; }

// More is wanted than the owner's maximum allows, although the spec would allow it.
bool IsClamped(const api::ServiceSpec& spec, const decide::Decision& decision, int maximum) {
  const int wanted = std::max(decision.wanted, spec.replicas.min);
  return std::min(wanted, spec.replicas.max) > maximum;
}

}  // namespace

bool WantsHold(const api::ServiceSpec& spec, WallTime now) {
  if (spec.prediction.mode == api::PredictionMode::kActive) return true;
  return spec.override_floor && now < spec.override_floor->until;
}

std::optional<Verdict> JudgeAdoption(const api::AdoptedAutoscaler& ref, const std::optional<Adoptable>& live,
                                     const api::TargetRef& target, Rival rival) {
  const std::string field = fmt::format("spec.autoscaling.{}", FieldOf(ref.kind));
  if (!live) {
    return Verdict::False("AutoscalerNotFound",
                          fmt::format("{}: there is no {} {} in this namespace: create it, correct the name, or remove "
                                      "{} and the operator makes an HPA",
                                      field, ToString(ref.kind), ref.name, FieldOf(ref.kind)));
  }
  if (live->controller_kind == "ScaledObject" && ref.kind == Kind::kHorizontalPodAutoscaler) {
    return Verdict::False("UseScaledObjectRef",
                          fmt::format("{}: KEDA makes {} from a ScaledObject and would write its minimum back: use "
                                      "scaledObjectRef: {{name: {}}}",
                                      field, live->ToString(), live->controller_name));
  }
  if (live->controller_kind == api::kKind) {
    return Verdict::False(
        "Conflict", fmt::format("{}: {} is the operator's own, made for DeepSeekService {}: remove {}, or name an "
                                "HPA of somebody else",
                                field, live->ToString(), live->controller_name, FieldOf(ref.kind)));
  }
  if (live->target_kind != target.kind || live->target_name != target.name) {
    return Verdict::False(
        "AutoscalerMismatch",
        fmt::format("{}: {} scales {} {}, but spec.targetRef is {} {}: make the two name the same", field,
                    live->ToString(), live->target_kind, live->target_name, target.kind, target.name));
  }
  if (rival == Rival::kHolds) {
    return Verdict::False("Conflict",
                          fmt::format("{}: DeepSeekService {} has adopted {} already: delete one of the two", field,
                                      live->held_by, live->ToString()));
  }
  return std::nullopt;
}

Verdict HeldVerdict(const api::ServiceSpec& spec, const decide::Decision& decision, const Adoptable& live,
                    HoldPlan::Action action, WallTime now) {
  const std::string mode(ToString(spec.prediction.mode));
  if (!WantsHold(spec, now)) {
    return Verdict::True(mode, fmt::format("prediction.mode is {}: {} has its owner's {}, the floor is only reported.",
                                           mode, live.ToString(), MinimumOf(live.kind)));
  }
  if (action == HoldPlan::Action::kStandBack) return Verdict::False("FloorContested", ContestText(live));
  if (IsClamped(spec, decision, live.maximum)) {
    return Verdict::True("Clamped", fmt::format("The floor ends at the {0} of {1}, which is its owner's and below what "
                                                "is wanted: raise it there, or lower spec.replicas",
                                                MaximumOf(live.kind), live.ToString()));
  }
  if (spec.prediction.mode != api::PredictionMode::kActive) {
    return Verdict::True(mode, fmt::format("prediction.mode is {}, and the {} of {} is what spec.override asks for.",
                                           mode, MinimumOf(live.kind), live.ToString()));
  }
  return Verdict::True("Applied", fmt::format("The {} of {} is the floor, or its owner's own where that is higher.",
                                              MinimumOf(live.kind), live.ToString()));
}

}  // namespace dso::controller
