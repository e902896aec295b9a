#include "controller/deletion.h"

#include <algorithm>

#include "base/log.h"
#include "controller/giving_back.h"

namespace dso::controller {

using namespace nlohmann::literals;

namespace {

// Both that which the annotation names and that which the spec does: somebody may have removed the annotation.
std::vector<api::AdoptedAutoscaler> HeldBy(const CachedService& cached) {
  std::vector<api::AdoptedAutoscaler> held;
  if (cached.metadata.claim.holds) held.push_back(*cached.metadata.claim.holds);
  if (!cached.service.spec) return held;
  const auto& adopted = cached.service.spec->autoscaling.adopted;
  if (adopted && adopted != cached.metadata.claim.holds) held.push_back(*adopted);
  return held;
}

// A spec that cannot be read does not say Delete.
bool Retains(const CachedService& cached) {
  return !cached.service.spec || cached.service.spec->deletion_policy == api::DeletionPolicy::kRetain;
}

Task<Status> ReleaseChildren(World& world, Pass& pass) {
  kube::Json nothing = kube::Json::object();
  kube::Json own_minimum = kube::Json::object();
  if (pass.cached->service.spec) {
    const auto autoscaler = world.cache.autoscalers.Get(pass.key);
    const int most = autoscaler ? autoscaler->max_replicas : pass.spec().replicas.max;
    own_minimum["spec"]["minReplicas"] = std::min(pass.spec().replicas.min, most);
  }
  Status outcome;
  std::vector<kube::ResourceType> kinds{kube::kDeployments, kube::kServices, kube::kHorizontalPodAutoscalers};
  if (api::FindCondition(pass.cached->service.status.conditions, api::kDestinationRuleApplied) != nullptr) {
    kinds.push_back(kube::kDestinationRules);
  }
  for (const kube::ResourceType& type : kinds) {
    kube::Json change = type == kube::kHorizontalPodAutoscalers ? own_minimum : nothing;
    Status released = co_await ReleaseChild(world.client, type, pass.key, pass.cached->uid, std::move(change));
    if (!released) outcome = std::move(released);
  }
  // The pods that stay cannot start again without.
  const std::vector<kube::ObjectKey> pool_config_maps = world.cache.PoolConfigMapsOf(pass.key);
  for (const kube::ObjectKey& key : pool_config_maps) {
    Status released = co_await ReleaseChild(world.client, kube::kConfigMaps, key, pass.cached->uid, nothing);
    if (!released) outcome = std::move(released);
  }
  co_return outcome;
}

Task<Status> Undo(World& world, Pass& pass) {
  std::vector<api::AdoptedAutoscaler> held = HeldBy(*pass.cached);
  for (const api::AdoptedAutoscaler& ref : held) {
    Result<std::optional<Adoptable>> restored = co_await RestoreAdopted(world, pass.key.ns, ref, pass.key.name);
    if (!restored) co_return std::move(restored).error().WithContext("giving " + ToText(ref) + " back");
  }
  if (!Retains(*pass.cached)) co_return Status();
  Status released = co_await ReleaseChildren(world, pass);
  if (!released) co_return std::move(released).error().WithContext("letting go of the objects to retain");
  co_return Status();
}

}  // namespace

Task<Status> Finalize(World& world, Pass& pass) {
  if (!pass.cached->metadata.claim.finalizer) co_return Status();
  Status undone = co_await Undo(world, pass);
  if (undone) {
    const Claim none;
    undone = co_await SetClaim(world, pass, none);
    if (!undone && undone.error().code == ErrorCode::kNotFound) co_return Status();
  }
  if (undone) {
    LogInfo("finalized", {{"service", pass.key.ToString()}});
    co_return Status();
  }
  Judgement judgement = JudgeWrite(undone.error());
  if (judgement.problem) {
    judgement.problem->message = "The deletion waits: " + judgement.problem->message;
    pass.record->workload = pass.record->floor_applied = *std::move(judgement.problem);
  }
  pass.refused = judgement.refused;
  co_return std::move(judgement.retry);
}

std::optional<kube::Json> ReleasePatch(const kube::Json& object, const std::string& owner_uid) {
  const kube::Json* owners = kube::Find(object, "/metadata/ownerReferences"_json_pointer);
  if (owners == nullptr || !owners->is_array()) return std::nullopt;
  kube::Json others = kube::Json::array();
  for (const kube::Json& owner : *owners) {
    if (kube::StringAt(owner, "/uid"_json_pointer) != owner_uid) others.push_back(owner);
  }
  if (others.size() == owners->size()) return std::nullopt;
  return kube::Json{{"metadata",
                     {{"uid", kube::StringAt(object, "/metadata/uid"_json_pointer)},
                      {"resourceVersion", kube::StringAt(object, "/metadata/resourceVersion"_json_pointer)},
                      {"ownerReferences", std::move(others)}}}};
}

Task<Status> ReleaseChild(kube::Client& client, kube::ResourceType type, kube::ObjectKey key, std::string owner_uid,
                          kube::Json change) {
  Result<kube::Json> object = co_await client.Get(type, key);
  if (!object && object.error().code == ErrorCode::kNotFound) co_return Status();
  if (!object) co_return std::move(object).error();
  std::optional<kube::Json> patch = ReleasePatch(*object, owner_uid);
  if (!patch) co_return Status();
  patch->merge_patch(change);
  Result<kube::Json> released = co_await client.MergePatch(type, key, *std::move(patch));
  if (!released && released.error().code != ErrorCode::kNotFound) co_return std::move(released).error();
  LogInfo("let go of", {{"kind", type.kind}, {"object", key.ToString()}});
  co_return Status();
}

}  // namespace dso::controller
