#include "controller/autoscaler.h"

#include <algorithm>
#include <utility>

#include "controller/assess.h"
#include "controller/children.h"
#include "controller/reporting.h"
#include "render/objects.h"

namespace dso::controller {
namespace {

// The same minReplicas is written again no sooner than this.
constexpr seconds kMinReplicasRewrite{10};

}  // namespace

int MaxReplicas(const api::ServiceSpec& spec, const ServiceRecord& record, const LiveAutoscaler* live) {
  if (spec.connection_pools.empty()) return spec.replicas.max;
  if (record.pools.plan) return std::min(spec.replicas.max, record.pools.plan->max_replicas);
  // There will be a plan soon: until then nothing more is asked for.
  return std::clamp(live != nullptr ? live->max_replicas : record.replicas, 1, spec.replicas.max);
}

Task<Status> ApplyOwnAutoscaler(World& world, Pass& pass) {
  ServiceRecord& record = *pass.record;
  const auto live = world.cache.autoscalers.Get(pass.key);
  const int before = live ? live->min_replicas.value_or(1) : 0;
  if (live && before != pass.decision.hpa_min_replicas) {
    // The workload was waited for: meanwhile more may be needed, and another may have written.
    Assess(*pass.cached, OwnAutoscaler(world, pass).get(), {world.loop.Now(), world.loop.WallNow()}, record);
    if (record.decision) pass.decision = *record.decision;
  }
  const int most = MaxReplicas(pass.spec(), record, live.get());
  const int wanted = std::min(pass.decision.hpa_min_replicas, most);
  // Somebody else writes minReplicas too, or the cache does not have our own write yet: no tug of war at the pace of
  // the watch.
  const bool just_written = record.min_replicas_written_at && record.written_min_replicas == wanted &&
                            world.loop.Now() - *record.min_replicas_written_at < kMinReplicasRewrite;
  if (live && before != wanted && live->max_replicas == most && just_written) {
    pass.look_again = kMinReplicasRewrite;
    co_return Status();
  }
  std::optional<std::string> replaced = record.replaced_autoscaler;
  if (live) record.replaced_autoscaler = live->resource_version;
  const api::ReplicaBounds bounds{wanted, most};
  kube::Json desired = render::HorizontalPodAutoscaler(pass.cached->service, bounds);
  Result<ChildOutcome> outcome = co_await EnsureChild(world.client, kube::kHorizontalPodAutoscalers, std::move(desired),
                                                      live, pass.cached->uid, pass.record, CacheScope::kEverything);
  // After a conflict the cache is known to be behind, as after a write.
  const bool is_replaced = outcome ? *outcome == ChildOutcome::kApplied : outcome.error().code == ErrorCode::kConflict;
  if (!is_replaced) record.replaced_autoscaler = std::move(replaced);
  Judgement judgement = JudgeChild(outcome, kube::kHorizontalPodAutoscalers, pass.key);
  pass.refused = pass.refused || judgement.refused;
  if (outcome || judgement.problem) {
    record.floor_applied = judgement.problem.value_or(FloorVerdict(pass.spec().prediction.mode));
  }
  if (outcome && *outcome == ChildOutcome::kApplied) {
    record.written_min_replicas = wanted;
    record.min_replicas_written_at = world.loop.Now();
    ReportFloor(world, pass, before, wanted);
  }
  co_return std::move(judgement.retry);
}

Task<Status> RemoveOwnAutoscaler(World& world, Pass& pass) {
  co_return co_await RemoveChild(world.client, kube::kHorizontalPodAutoscalers, pass.key,
                                 world.cache.autoscalers.Get(pass.key), pass.cached->uid);
}

}  // namespace dso::controller
