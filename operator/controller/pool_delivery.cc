#include "controller/pool_delivery.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "controller/children.h"
#include "render/connection_pools.h"

namespace dso::controller {
namespace {

std::string InTemplate(const World& world, const Pass& pass) {
  if (const auto& target = pass.record->pools.target) return target->config_map;
  const auto deployment = world.cache.deployments.Get(pass.key);
  return deployment ? deployment->pool_config_map : "";
}

// PoolConfigMapId of those that must stay.
std::set<uint32_t> InUse(const World& world, const Pass& pass) {
  std::set<uint32_t> in_use{PoolConfigMapId(InTemplate(world, pass))};
  if (!pass.pool_config_map.empty()) in_use.insert(PoolConfigMapId(pass.pool_config_map));
  for (const auto& [name, pod] : pass.record->pods) in_use.insert(pod->pool_config_map);
  return in_use;
}

kube::Json Render(const Pass& pass) {
  std::vector<render::PoolSize> sizes;
  const PoolRecord& pools = pass.record->pools;
  for (const api::ConnectionPool& pool : pools.planned_for) {
    sizes.push_back({pool, pools.plan->sizes.at(pool.name) / pool.processes_per_replica});
  }
  return render::PoolConfigMap(pass.cached->service, sizes);
}

std::optional<Verdict> JudgeOverride(const Pass& pass, const kube::Json& config_map) {
  if (!std::holds_alternative<api::OwnedWorkload>(pass.spec().workload)) return std::nullopt;
  const auto override_found = render::FindPoolOverride(pass.cached->service, config_map);
  if (!override_found) return std::nullopt;
  return Verdict::False("Overridden",
                        fmt::format("spec.template: container {} sets {} itself, which would take the place of the "
                                    "operator's value; remove it, or give the pool another envPrefix",
                                    override_found->container, override_found->variable));
}

}  // namespace

Task<Status> ApplyPoolConfigMap(World& world, Pass& pass) {
  PoolRecord& pools = pass.record->pools;
  pools.problem.reset();
  pools.config_map = pass.pool_config_map = InTemplate(world, pass);
  if (pass.spec().connection_pools.empty()) pools.config_map = pass.pool_config_map = "";
  if (!pools.plan) co_return Status();
  kube::Json desired = Render(pass);
  const kube::ObjectKey key = kube::KeyOf(desired);
  pools.problem = JudgeOverride(pass, desired);
  if (pools.problem) {
    pass.refused = true;
    pass.record->workload = *pools.problem;
    co_return Status();
  }
  auto live = world.cache.pool_config_maps.Get(key);
  Result<ChildOutcome> outcome = co_await EnsureChild(world.client, kube::kConfigMaps, std::move(desired), live,
                                                      pass.cached->uid, pass.record, CacheScope::kNothing);
  Judgement judgement = JudgeChild(outcome, kube::kConfigMaps, key);
  if (outcome && !judgement.problem) {
    pools.config_map = pass.pool_config_map = key.name;
    co_return Status();
  }
  pass.refused = judgement.refused;
  pools.problem = judgement.problem;
  if (judgement.problem) pass.record->workload = *judgement.problem;
  co_return std::move(judgement.retry);
}

Task<Status> RemoveFormerPoolConfigMaps(World& world, Pass& pass) {
  // The owner of a target may be about to refer to one that was named to him before.
  if (pass.record->pools.target || !pass.record->pods_known) co_return Status();
  const std::set<uint32_t> in_use = InUse(world, pass);
  const std::vector<kube::ObjectKey> all = world.cache.PoolConfigMapsOf(pass.key);
  for (const kube::ObjectKey& key : all) {
    if (in_use.contains(PoolConfigMapId(key.name))) continue;
    auto live = world.cache.pool_config_maps.Get(key);
    Status removed = co_await RemoveChild(world.client, kube::kConfigMaps, key, live, pass.cached->uid);
    if (!removed) co_return removed;
  }
  co_return Status();
}

}  // namespace dso::controller
