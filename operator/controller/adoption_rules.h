// When a service may hold the minimum of an autoscaler that somebody else owns, and what it says about it. Pure,
// thread-safe.
#pragma once

#include <optional>

#include "controller/adoptable.h"
#include "controller/contest.h"
#include "controller/verdict.h"
#include "decide/floor.h"

namespace dso::controller {

// There is a floor to write: the mode is Active, or a person's override is in force.
bool WantsHold(const api::ServiceSpec& spec, WallTime now);

// Whether another DeepSeekService holds the autoscaler for good reason: it exists and refers to it.
enum class Rival { kNone, kHolds };

// Why the autoscaler cannot be adopted; nothing if it can. `live` is nullopt if there is none of that name.
std::optional<Verdict> JudgeAdoption(const api::AdoptedAutoscaler& ref, const std::optional<Adoptable>& live,
                                     const api::TargetRef& target, Rival rival);

// FloorApplied after a write, or where none was needed.
Verdict HeldVerdict(const api::ServiceSpec& spec, const decide::Decision& decision, const Adoptable& live,
                    HoldPlan::Action action, WallTime now);

}  // namespace dso::controller
