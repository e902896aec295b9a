#include "controller/disruption.h"

#include <fmt/format.h>

#include "controller/children.h"
#include "render/disruption_budget.h"
#include "render/label_selector.h"
#include "render/objects.h"

namespace dso::controller {

std::optional<std::string> FindOtherBudget(const ClusterCache& cache, const CachedService& cached) {
  const api::ObjectMeta& meta = cached.service.meta;
  const kube::Json labels = render::PodLabels(cached.service);
  std::optional<std::string> found;
  cache.disruption_budgets.ForEach([&](const kube::ObjectKey& key, const auto& budget) {
    if (key.ns != meta.namespace_name || budget->controller_uid == cached.uid) return;
    if (found && *found < key.name) return;  // always the same one, whatever the order of the store
    if (render::SelectsLabels(budget->selector.Parse(), labels)) found = key.name;
  });
  return found;
}

Task<Status> ApplyDisruptionBudget(World& world, Pass& pass) {
  ServiceRecord& record = *pass.record;
  const auto live = world.cache.disruption_budgets.Get(pass.key);
  const bool declared =
      pass.spec().disruption_budget && std::holds_alternative<api::OwnedWorkload>(pass.spec().workload);
  const auto other = declared ? FindOtherBudget(world.cache, *pass.cached) : std::nullopt;
  if (!declared) record.disruption_budget.reset();
  if (other) {
    record.disruption_budget = Verdict::False(
        "OtherBudget", fmt::format("PodDisruptionBudget {} selects the pods of this service, and two on one pod forbid "
                                   "every eviction: remove spec.podDisruptionBudget, or that one",
                                   *other));
  }
  if (!declared || other) {
    co_return co_await RemoveChild(world.client, kube::kPodDisruptionBudgets, pass.key, live, pass.cached->uid);
  }
  kube::Json desired = render::PodDisruptionBudget(pass.cached->service);
  Result<ChildOutcome> outcome = co_await EnsureChild(world.client, kube::kPodDisruptionBudgets, std::move(desired),
                                                      live, pass.cached->uid, pass.record, CacheScope::kEverything);
  Judgement judgement = JudgeChild(outcome, kube::kPodDisruptionBudgets, pass.key);
  if (outcome || judgement.problem) {
    record.disruption_budget = judgement.problem.value_or(Verdict::True(
        "Applied", "The pods have the declared PodDisruptionBudget; unready pods may be evicted always."));
  }
  if (judgement.refused) pass.look_again = kRecheck;
  co_return std::move(judgement.retry);
}

}  // namespace dso::controller
