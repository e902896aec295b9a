#include "controller/verdict.h"

#include <fmt/format.h>

namespace dso::controller {

Judgement JudgeWrite(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return {.problem = Verdict::False("Rejected", "The API server refuses what the spec asks for: " + error.message),
              .refused = true};
    case ErrorCode::kPermissionDenied:
      return {
          .problem = Verdict::False("Forbidden", "The operator lacks a right, or a quota is used up: " + error.message),
          .refused = true};
    case ErrorCode::kConflict:
      return {.retry = error};  // overtaken by another write: nothing that a person has to know
    default:
      return {.problem = Verdict::False("Retrying", "A write failed and will be tried again: " + error.message),
              .retry = error};
  }
}

Judgement JudgeForeign(const std::string& kind, const std::string& name) {
  return {.problem = Verdict::False(
              "Conflict", fmt::format("{} {} exists and is not controlled by this DeepSeekService: delete it, or give "
                                      "the DeepSeekService another name",
                                      kind, name)),
          .refused = true};
}

Verdict FloorVerdict(api::PredictionMode mode) {
  switch (mode) {
    case api::PredictionMode::kOff:
      return Verdict::True("Off", "prediction.mode is Off: the HPA has replicas.min, or what spec.override asks for.");
    case api::PredictionMode::kShadow:
      return Verdict::True(
          "Shadow",
          "prediction.mode is Shadow: the HPA has replicas.min, or what spec.override asks for; the floor "
          "is only reported.");
    case api::PredictionMode::kActive: break;
  }
  return Verdict::True("Applied", "The HPA's minReplicas is the floor.");
}

}  // namespace dso::controller
