#include "controller/workload.h"

#include "controller/children.h"
#include "controller/rollout_reader.h"
#include "render/objects.h"

namespace dso::controller {
namespace {

Verdict WorkloadVerdict(const LiveDeployment* live) {
  if (live != nullptr && live->available) return Verdict::True("Available", "The Deployment is available.");
  if (live != nullptr && !live->failure.empty()) {
    return Verdict::False("ReplicaFailure", "The Deployment cannot make its pods: " + live->failure);
  }
  return Verdict::False("Progressing", "Too few replicas are ready yet: see the Deployment and its pods.");
}

// Pods whose connections were made to fit one strategy are not replaced by one that has more of them at once: it comes
// after them.
void KeepStrategy(const LiveDeployment* live, const PoolRecord& pools, kube::Json& desired) {
  if (live == nullptr || !pools.plan || !pools.plan->replacing || !pools.rollout) return;
  const kube::Json body = live->body.Parse();
  const kube::Json* const strategy = kube::Find(body, kube::Json::json_pointer("/spec/strategy"));
  const auto rollout = RolloutOf("Deployment", body["spec"]);
  if (strategy == nullptr || !rollout) return;
  const auto pods = [&](const capacity::Rollout& of) {
    return capacity::PodsAtWorst(of, live->wanted_replicas, pools.seen_waves).Total();
  };
  if (pods(*pools.rollout) > pods(*rollout)) desired["spec"]["strategy"] = *strategy;
}

// spec.replicas is never in our apply set, so a new Deployment has one; the first count goes through /scale. Not where
// somebody has scaled it meanwhile.
Task<Status> SetFirstCount(World& world, Pass& pass, int replicas) {
  kube::Json operations{{{"op", "test"}, {"path", "/spec/replicas"}, {"value", 1}},
                        {{"op", "replace"}, {"path", "/spec/replicas"}, {"value", replicas}}};
  Result<kube::Json> scaled =
      co_await world.client.JsonPatch(kube::kDeployments, pass.key, std::move(operations), "scale");
  if (!scaled && scaled.error().code != ErrorCode::kInvalidArgument) co_return std::move(scaled).error();
  co_return Status();
}

}  // namespace

Task<Status> ApplyWorkload(World& world, Pass& pass) {
  const api::DeepSeekService& service = pass.cached->service;
  ServiceRecord& record = *pass.record;
  const auto live = world.cache.deployments.Get(pass.key);
  if (std::holds_alternative<api::TargetRef>(service.spec->workload)) co_return Status();
  kube::Json desired = render::Deployment(service, pass.pool_config_map);
  KeepStrategy(live.get(), record.pools, desired);
  Result<ChildOutcome> outcome =
      co_await EnsureChild(world.client, kube::kDeployments, std::move(desired), live, pass.cached->uid, pass.record);
  Judgement judgement = JudgeChild(outcome, kube::kDeployments, pass.key);
  pass.refused = judgement.refused;
  record.workload = judgement.problem.value_or(WorkloadVerdict(live.get()));
  if (live) {
    record.replicas = live->replicas;
    record.ready_replicas = live->ready_replicas;
  }
  const int first_count = pass.decision.hpa_min_replicas;
  if (outcome && *outcome == ChildOutcome::kCreated && first_count > 1) {
    Status scaled = co_await SetFirstCount(world, pass, first_count);
    if (!scaled) co_return scaled;
  }
  co_return std::move(judgement.retry);
}

// The Deployment of a template that has given way to a targetRef, once the HPA scales the new target; unless it is that
// target itself.
Task<Status> RemoveFormerWorkload(World& world, Pass& pass) {
  const auto* target = std::get_if<api::TargetRef>(&pass.cached->service.spec->workload);
  if (target == nullptr || (target->kind == "Deployment" && target->name == pass.key.name)) co_return Status();
  co_return co_await RemoveChild(world.client, kube::kDeployments, pass.key, world.cache.deployments.Get(pass.key),
                                 pass.cached->uid);
}

Task<Status> ApplyService(World& world, Pass& pass) {
  const api::DeepSeekService& service = pass.cached->service;
  const auto live = world.cache.cluster_services.Get(pass.key);
  const auto* workload = std::get_if<api::OwnedWorkload>(&service.spec->workload);
  if (workload == nullptr || !workload->service) {
    co_return co_await RemoveChild(world.client, kube::kServices, pass.key, live, pass.cached->uid);
  }
  kube::Json desired = render::Service(service);
  Result<ChildOutcome> outcome =
      co_await EnsureChild(world.client, kube::kServices, desired, live, pass.cached->uid, pass.record);
  if (!outcome && outcome.error().code == ErrorCode::kInvalidArgument && live) {
    // An apply merges ports by number and protocol: where somebody has changed ours, it lands beside theirs under the
    // same name and is refused. A merge patch replaces the list.
    kube::Json ports{{"metadata", {{"uid", live->uid}, {"resourceVersion", live->resource_version}}},
                     {"spec", {{"ports", desired["spec"]["ports"]}}}};
    Result<kube::Json> patched = co_await world.client.MergePatch(kube::kServices, pass.key, std::move(ports));
    if (patched) outcome = ChildOutcome::kApplied;
  }
  Judgement judgement = JudgeChild(outcome, kube::kServices, pass.key);
  pass.refused = judgement.refused;
  if (judgement.problem) pass.record->workload = *std::move(judgement.problem);
  co_return std::move(judgement.retry);
}

}  // namespace dso::controller
