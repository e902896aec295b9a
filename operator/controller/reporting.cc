#include "controller/reporting.h"

#include <fmt/format.h>

#include "base/log.h"

namespace dso::controller {

void ReportFloor(World& world, const Pass& pass, int before, int after) {
  if (before == after) return;
  const decide::Decision& decision = pass.decision;
  const std::string text = fmt::format("minReplicas {} -> {}: {}", before, after, decision.explanation);
  LogInfo("floor", {{"service", pass.key.ToString()},
                    {"from", std::to_string(before)},
                    {"to", std::to_string(after)},
                    {"reason", std::string(ToString(decision.reason))}});
  const SteadyTime now = world.loop.Now();
  const bool raised = after > before;
  if (!IsWorthAnEvent(pass.record->floor_event, before, after, now)) return;
  pass.record->floor_event = FloorEvent{.raised = raised, .floor = after, .at = now};
  world.events.Record({kube::kDeepSeekServices, pass.key, pass.cached->uid}, runtime::EventType::kNormal,
                      raised ? "FloorRaised" : "FloorReleased", "SetMinReplicas", text);
}

// What a person wants to hear of once: a condition that turns False. A Deployment that is progressing is no news, Ready
// only repeats the others, and what has never worked yet (a Prometheus that is still starting) is a condition, not an
// event.
void ReportConditions(World& world, const Pass& pass, const std::vector<api::Condition>& now) {
  for (const api::Condition& condition : now) {
    if (condition.status != api::ConditionStatus::kFalse || condition.reason == "Progressing" ||
        condition.reason == "Retrying") {
      continue;
    }
    const api::Condition* const before = api::FindCondition(pass.record->written.conditions, condition.type);
    if (before != nullptr && before->status == condition.status && before->reason == condition.reason) continue;
    LogWarning("condition is False", {{"service", pass.key.ToString()},
                                      {"condition", condition.type},
                                      {"reason", condition.reason},
                                      {"message", condition.message}});
    const bool of_the_spec =
        condition.type == api::kReady || condition.type == api::kAccepted || condition.type == api::kDisruptionBudget;
    const bool was_true = before != nullptr && before->status == api::ConditionStatus::kTrue;
    const bool repeats = condition.type == api::kReady && pass.record->accepted.status == api::ConditionStatus::kFalse;
    if (repeats || !(of_the_spec || was_true)) continue;
    world.events.Record({kube::kDeepSeekServices, pass.key, pass.cached->uid}, runtime::EventType::kWarning,
                        condition.reason, "Reconcile", condition.message);
  }
}

}  // namespace dso::controller
