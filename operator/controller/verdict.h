// What the controller finds out about a service, in the words of a condition. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>

#include "api/conditions.h"
#include "api/spec.h"
#include "base/result.h"

namespace dso::controller {

// A condition's status without its bookkeeping.
struct Verdict {
  api::ConditionStatus status = api::ConditionStatus::kUnknown;
  std::string reason = "Pending";
  std::string message = "The operator has not looked at this service yet.";

  static Verdict True(std::string reason, std::string message) {
    return {api::ConditionStatus::kTrue, std::move(reason), std::move(message)};
  }
  static Verdict False(std::string reason, std::string message) {
    return {api::ConditionStatus::kFalse, std::move(reason), std::move(message)};
  }
  static Verdict Unknown(std::string reason, std::string message) {
    return {api::ConditionStatus::kUnknown, std::move(reason), std::move(message)};
  }
};

// How the write of a child went.
struct Judgement {
  std::optional<Verdict> problem{};  // nothing: all is well
  bool refused = false;              // a person has to act: trying again would not help
  Status retry{};                    // else the error that trying again may cure
};
Judgement JudgeWrite(const Error& error);

// An object of that name is there and has another controller, or none.
Judgement JudgeForeign(const std::string& kind, const std::string& name);

// What minReplicas is, once it has been written.
Verdict FloorVerdict(api::PredictionMode mode);

}  // namespace dso::controller
