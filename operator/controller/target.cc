#include "controller/target.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/rollout_reader.h"
#include "render/connection_pools.h"

namespace dso::controller {
namespace {

using nlohmann::literals::operator""_json_pointer;

int CountAt(const kube::Json& object, const kube::Json::json_pointer& path) {
  return static_cast<int>(kube::IntegerAt(object, path).value_or(0));
}

TargetPools PoolsOf(const std::string& kind, const kube::Json& object) {
  TargetPools pools;
  const kube::Json* const spec = kube::Find(object, "/spec"_json_pointer);
  const auto rollout = spec == nullptr ? std::nullopt : RolloutOf(kind, *spec);
  pools.rollout = rollout.value_or(AssumedRollout());
  pools.rollout_known = rollout.has_value();
  if (const kube::Json* pod = kube::Find(object, "/spec/template/spec"_json_pointer)) {
    pools.config_map = render::PoolConfigMapOf(*pod);
  }
  const int there = CountAt(object, "/status/replicas"_json_pointer);
  pools.replicas = std::max(there, CountAt(object, "/spec/replicas"_json_pointer));
  pools.terminating = CountAt(object, "/status/terminatingReplicas"_json_pointer);
  pools.rolling_out = kind == "Deployment" && CountAt(object, "/status/updatedReplicas"_json_pointer) < there;
  return pools;
}

// Nothing holds connections that is not there; the others who share a backend need not wait for it.
TargetPools PoolsOfNothing() {
  TargetPools pools;
  pools.rollout = AssumedRollout();
  pools.rollout_known = false;
  return pools;
}

// For a formula that leaves them out. Not every kind has a pod template.
void ReadCores(const kube::Json& object, const api::TargetRef& target, ServiceRecord& record) {
  const kube::Json* const pod_template = kube::Find(object, "/spec/template"_json_pointer);
  const auto cores = api::CoresOf(pod_template != nullptr ? *pod_template : kube::Json());
  record.target_cores = cores ? std::optional(*cores) : std::nullopt;
  record.cores_problem = cores ? "" : fmt::format("{} {}: {}", target.kind, target.name, cores.error().message);
}

}  // namespace

Task<Status> CheckTargetRef(World& world, Pass& pass, api::TargetRef target) {
  ServiceRecord& record = *pass.record;
  const milliseconds recheck = record.pools.in_transition ? kPoolRecheck : kRecheck;
  const bool is_fresh = record.target_read_at && world.loop.Now() - *record.target_read_at < recheck &&
                        record.accepted.status == api::ConditionStatus::kTrue &&
                        record.written.observed_generation == pass.cached->service.meta.generation;
  if (is_fresh) {
    pass.refused = false;
    co_return Status();
  }
  record.target_read_at = world.loop.Now();
  Result<kube::Discovery::Scalable> resource = co_await world.discovery.Resolve(target.api_version, target.kind);
  if (!resource && resource.error().code != ErrorCode::kNotFound) co_return std::move(resource).error();
  if (!resource) {
    record.pools.target = PoolsOfNothing();
    record.accepted =
        Verdict::False("TargetNotFound", fmt::format("spec.targetRef: the cluster has no kind {} in {}: check the "
                                                     "spelling, or install its CustomResourceDefinition",
                                                     target.kind, target.api_version));
    co_return Status();
  }
  if (!resource->has_scale) {
    record.pools.target = PoolsOfNothing();
    record.accepted = Verdict::False(
        "TargetNotScalable",
        fmt::format("spec.targetRef: a {} has no /scale subresource, so no HPA can scale it", target.kind));
    co_return Status();
  }
  // Named: GCC 12 frees a braced temporary of a co_await expression twice.
  kube::ObjectKey target_key{pass.key.ns, target.name};
  Result<kube::Json> object = co_await world.client.Get(resource->type, target_key);
  if (!object && object.error().code != ErrorCode::kNotFound) co_return std::move(object).error();
  if (!object) {
    record.pools.target = PoolsOfNothing();
    record.accepted =
        Verdict::False("TargetNotFound", fmt::format("spec.targetRef: there is no {} {} in namespace {}: create it or "
                                                     "correct the name",
                                                     target.kind, target.name, pass.key.ns));
    co_return Status();
  }
  record.pools.target = PoolsOf(target.kind, *object);
  record.replicas = CountAt(*object, "/status/replicas"_json_pointer);
  record.ready_replicas = CountAt(*object, "/status/readyReplicas"_json_pointer);
  ReadCores(*object, target, record);
  const bool disabled = kube::IntegerAt(*object, "/spec/replicas"_json_pointer) == 0;
  record.workload =
      disabled ? Verdict::False("ScaledToZero", fmt::format("{} {} is scaled to 0, which disables its HPA: scale "
                                                            "it to 1 or more",
                                                            target.kind, target.name))
               : Verdict::True("TargetFound", "The target exists and can be scaled.");
  record.accepted = Verdict::True("Accepted", "The spec is valid and nobody else scales the target.");
  pass.refused = false;
  co_return Status();
}

}  // namespace dso::controller
