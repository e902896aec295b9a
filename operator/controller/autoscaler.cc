#include "controller/autoscaler.h"

#include "controller/children.h"
#include "controller/reporting.h"
#include "render/objects.h"

namespace dso::controller {
namespace {

// The same minReplicas is written again no sooner than this.
constexpr seconds kMinReplicasRewrite{10};

}  // namespace

Task<Status> ApplyOwnAutoscaler(World& world, Pass& pass) {
  ServiceRecord& record = *pass.record;
  const auto live = world.cache.autoscalers.Get(pass.key);
  const int wanted = pass.decision.hpa_min_replicas;
  const int before = live ? live->min_replicas.value_or(1) : 0;
  // Somebody else writes minReplicas too, or the cache does not have our own write yet: no tug of war at the pace of
  // the watch.
  const bool just_written = record.min_replicas_written_at && record.written_min_replicas == wanted &&
                            world.loop.Now() - *record.min_replicas_written_at < kMinReplicasRewrite;
  if (live && before != wanted && just_written) {
    pass.look_again = kMinReplicasRewrite;
    co_return Status();
  }
  Result<ChildOutcome> outcome = co_await EnsureChild(world.client, kube::kHorizontalPodAutoscalers,
                                                      render::HorizontalPodAutoscaler(pass.cached->service, wanted),
                                                      live, pass.cached->uid, pass.record, CacheScope::kEverything);
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
