#include "controller/adoption.h"

#include "controller/adoptable_client.h"
#include "controller/conflicts.h"
#include "controller/reporting.h"
#include "render/objects.h"

namespace dso::controller {
namespace {

using Kind = api::AdoptedAutoscaler::Kind;

HoldPlan PlanFor(const Pass& pass, const Adoptable& live, SteadyTime now) {
  return PlanHold(live, pass.key.name, pass.decision.hpa_min_replicas, pass.cached->service.meta.generation, now,
                  pass.record->contest);
}

// What is known already says that there is nothing to do.
bool IsSettled(const HoldPlan& plan, const Contest& contest) {
  if (plan.action == HoldPlan::Action::kStandBack) return contest.stood_back_at.has_value();
  return plan.action == HoldPlan::Action::kNothing;
}

// While a pass waits for an answer, a look between reconciles may have gone by a newer spec.
bool IsOvertaken(const Pass& pass) { return pass.record->adopted_ref != pass.adopted(); }
Error Overtaken() { return {ErrorCode::kConflict, "the spec, or the adopted autoscaler, has changed meanwhile"}; }

Task<Status> ReadFromServer(World& world, Pass& pass) {
  api::AdoptedAutoscaler ref = *pass.adopted();
  Result<std::optional<Adoptable>> found = co_await ReadAdoptable(world, pass.key.ns, ref);
  if (!found) co_return std::move(found).error();
  if (IsOvertaken(pass)) co_return Overtaken();
  pass.record->adopted = *std::move(found);
  pass.record->adopted_read_at = world.loop.Now();
  co_return Status();
}

void JudgeHold(World& world, Pass& pass, HoldPlan::Action action) {
  ServiceRecord& record = *pass.record;
  record.floor_applied = HeldVerdict(pass.spec(), pass.decision, *record.adopted, action, world.loop.WallNow());
}

Task<Status> WriteHold(World& world, Pass& pass, HoldPlan plan) {
  ServiceRecord& record = *pass.record;
  const int before = record.adopted->minimum.value_or(1);
  Adoptable live = *record.adopted;
  kube::Json patch = HoldPatch(live, pass.key.name, plan.original, plan.floor);
  Result<Adoptable> written = co_await WriteAdoptable(world, std::move(live), std::move(patch));
  if (!written) {
    Judgement judgement = JudgeWrite(written.error());
    pass.refused = pass.refused || judgement.refused;
    if (judgement.problem) record.floor_applied = *std::move(judgement.problem);
    co_return std::move(judgement.retry);
  }
  ReportFloor(world, pass, before, plan.floor);
  if (IsOvertaken(pass)) co_return Overtaken();
  record.adopted = *std::move(written);
  record.contest = std::move(plan.next);
  JudgeHold(world, pass, plan.action);
  co_return Status();
}

}  // namespace

Task<Status> ReadAdopted(World& world, Pass& pass) {
  const ServiceRecord& record = *pass.record;
  const bool is_known = RefreshAdopted(world.cache, *pass.cached, *pass.record);
  if (!pass.adopted() || pass.adopted()->kind == Kind::kHorizontalPodAutoscaler) co_return Status();
  const bool is_fresh = is_known && world.loop.Now() - *record.adopted_read_at < kRecheck &&
                        record.accepted.status == api::ConditionStatus::kTrue;
  if (is_fresh) co_return Status();
  co_return co_await ReadFromServer(world, pass);
}

std::optional<Verdict> JudgeAdopted(const ClusterCache& cache, const Pass& pass, const std::optional<Adoptable>& live) {
  const Rival rival = live ? FindRival(cache, pass, *live) : Rival::kNone;
  return JudgeAdoption(*pass.adopted(), live, render::ScaleTarget(pass.cached->service), rival);
}

bool RefreshAdopted(const ClusterCache& cache, const CachedService& cached, ServiceRecord& record) {
  const auto& ref = cached.service.spec->autoscaling.adopted;
  if (record.adopted_ref != ref) {
    record.adopted_ref = ref;
    record.adopted.reset();
    record.adopted_read_at.reset();
    record.contest = {};
  }
  if (!ref) return true;
  if (ref->kind != Kind::kHorizontalPodAutoscaler) return record.adopted_read_at.has_value();
  record.adopted = cache.FindAdoptable(cached.service.meta.namespace_name, *ref);
  return true;
}

bool IsHoldDue(const CachedService& cached, const ServiceRecord& record, SteadyTime now, WallTime wall) {
  if (!cached.service.spec->autoscaling.adopted || !record.adopted || !record.decision) return false;
  if (!WantsHold(*cached.service.spec, wall)) return cached.metadata.claim.holds.has_value();
  const HoldPlan plan = PlanHold(*record.adopted, cached.service.meta.name, record.decision->hpa_min_replicas,
                                 cached.service.meta.generation, now, record.contest);
  return !IsSettled(plan, record.contest);
}

Task<Status> HoldAdopted(World& world, Pass& pass) {
  ServiceRecord& record = *pass.record;
  if (pass.claim_problem) co_return Status();
  if (IsOvertaken(pass) || !record.adopted) co_return Overtaken();
  HoldPlan plan = PlanFor(pass, *record.adopted, world.loop.Now());
  if (!WantsHold(pass.spec(), world.loop.WallNow()) || IsSettled(plan, record.contest)) {
    JudgeHold(world, pass, plan.action);
    co_return Status();
  }
  // The cache may not have our own last write yet: what is decided now is decided on the object itself.
  Status read = co_await ReadFromServer(world, pass);
  if (!read) co_return read;
  if (auto problem = JudgeAdopted(world.cache, pass, record.adopted)) {
    pass.refused = true;
    record.accepted = *std::move(problem);
    co_return Status();
  }
  plan = PlanFor(pass, *record.adopted, world.loop.Now());
  if (plan.action == HoldPlan::Action::kWrite) co_return co_await WriteHold(world, pass, std::move(plan));
  record.contest = std::move(plan.next);
  JudgeHold(world, pass, plan.action);
  co_return Status();
}

}  // namespace dso::controller
