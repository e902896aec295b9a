#include "controller/adoption.h"

#include "base/log.h"
#include "controller/conflicts.h"
#include "controller/reporting.h"
#include "render/objects.h"

namespace dso::controller {
namespace {

using Kind = api::AdoptedAutoscaler::Kind;
using Found = Result<std::optional<Adoptable>>;

// kNotFound if the cluster does not know the kind.
Task<Result<kube::ResourceType>> TypeOf(kube::Discovery& discovery, Kind kind) {
  if (kind == Kind::kHorizontalPodAutoscaler) co_return kube::kHorizontalPodAutoscalers;
  const std::string api_version = kube::kScaledObjects.ApiVersion();
  const std::string name = kube::kScaledObjects.kind;
  Result<kube::Discovery::Scalable> resolved = co_await discovery.Resolve(api_version, name);
  if (!resolved) co_return std::move(resolved).error();
  co_return resolved->type;
}

// nullopt if there is no such object, or no such kind.
Task<Found> Read(World& world, std::string ns, api::AdoptedAutoscaler ref) {
  Result<kube::ResourceType> type = co_await TypeOf(world.discovery, ref.kind);
  if (!type && type.error().code == ErrorCode::kNotFound) co_return std::optional<Adoptable>();
  if (!type) co_return std::move(type).error();
  kube::ObjectKey key{ns, ref.name};
  Result<kube::Json> object = co_await world.client.Get(*type, key);
  if (!object && object.error().code == ErrorCode::kNotFound) co_return std::optional<Adoptable>();
  if (!object) co_return std::move(object).error();
  co_return std::optional(Adoptable::FromJson(ref.kind, *object));
}

Task<Found> Write(World& world, Adoptable live, kube::Json patch) {
  Result<kube::ResourceType> type = co_await TypeOf(world.discovery, live.kind);
  if (!type) co_return std::move(type).error();
  Result<kube::Json> written = co_await world.client.MergePatch(*type, live.key, std::move(patch));
  if (!written) co_return std::move(written).error();
  co_return std::optional(Adoptable::FromJson(live.kind, *written));
}

HoldPlan PlanFor(const Pass& pass, const Adoptable& live, SteadyTime now) {
  return PlanHold(live, pass.key.name, pass.decision.hpa_min_replicas, pass.cached->service.meta.generation, now,
                  pass.record->contest);
}

// A look at what is known already says that there is nothing to do.
bool IsSettled(const HoldPlan& plan, const Contest& contest) {
  if (plan.action == HoldPlan::Action::kStandBack) return contest.stood_back_at.has_value();
  return plan.action == HoldPlan::Action::kNothing;
}

bool MayKeep(const Pass& pass, const api::AdoptedAutoscaler& held, WallTime now) {
  if (pass.adopted() != held || !WantsHold(pass.spec(), now)) return false;
  const auto& live = pass.record->adopted;
  return !live || !JudgeAdoption(held, live, render::ScaleTarget(pass.cached->service), Rival::kNone);
}

}  // namespace

Task<Status> ReadAdopted(World& world, Pass& pass) {
  ServiceRecord& record = *pass.record;
  const bool is_known = RefreshAdopted(world.cache, *pass.cached, record);
  if (!pass.adopted() || pass.adopted()->kind == Kind::kHorizontalPodAutoscaler) co_return Status();
  const bool is_fresh = is_known && world.loop.Now() - *record.adopted_read_at < kRecheck &&
                        record.accepted.status == api::ConditionStatus::kTrue;
  if (is_fresh) co_return Status();
  api::AdoptedAutoscaler ref = *pass.adopted();
  Found found = co_await Read(world, pass.key.ns, ref);
  if (!found) co_return std::move(found).error();
  record.adopted = *std::move(found);
  record.adopted_read_at = world.loop.Now();
  co_return Status();
}

std::optional<Verdict> JudgeAdopted(const ClusterCache& cache, const Pass& pass) {
  const auto& live = pass.record->adopted;
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
  const auto judge = [&](HoldPlan::Action action) {
    return HeldVerdict(pass.spec(), pass.decision, *record.adopted, action, world.loop.WallNow());
  };
  if (pass.claim_problem) {
    record.floor_applied = *pass.claim_problem;
    co_return Status();
  }
  HoldPlan plan = PlanFor(pass, *record.adopted, world.loop.Now());
  if (!WantsHold(pass.spec(), world.loop.WallNow()) || IsSettled(plan, record.contest)) {
    record.floor_applied = judge(plan.action);
    co_return Status();
  }
  // The cache may not have our own last write yet: what is decided now is decided on the object itself.
  api::AdoptedAutoscaler ref = *pass.adopted();
  Found found = co_await Read(world, pass.key.ns, ref);
  if (!found) co_return std::move(found).error();
  record.adopted = *std::move(found);
  record.adopted_read_at = world.loop.Now();
  if (auto problem = JudgeAdopted(world.cache, pass)) {
    pass.refused = true;
    record.accepted = *std::move(problem);
    co_return Status();
  }
  plan = PlanFor(pass, *record.adopted, world.loop.Now());
  if (plan.action == HoldPlan::Action::kWrite) {
    const int before = record.adopted->minimum.value_or(1);
    Found written =
        co_await Write(world, *record.adopted, HoldPatch(*record.adopted, pass.key.name, plan.original, plan.floor));
    if (!written) {
      Judgement judgement = JudgeWrite(written.error());
      pass.refused = pass.refused || judgement.refused;
      if (judgement.problem) record.floor_applied = *std::move(judgement.problem);
      co_return std::move(judgement.retry);
    }
    record.adopted = *std::move(written);
    ReportFloor(world, pass, before, plan.floor);
  }
  record.contest = std::move(plan.next);
  record.floor_applied = judge(plan.action);
  co_return Status();
}

Task<Status> GiveBack(World& world, Pass& pass) {
  ServiceRecord& record = *pass.record;
  const std::optional<api::AdoptedAutoscaler> held = pass.cached->metadata.claim.holds;
  if (!held || MayKeep(pass, *held, world.loop.WallNow())) co_return Status();
  Found restored = co_await RestoreAdopted(world, pass.key.ns, *held, pass.key.name);
  if (!restored) {
    Judgement judgement = JudgeWrite(restored.error());
    pass.refused = pass.refused || judgement.refused;
    if (judgement.problem) record.floor_applied = *std::move(judgement.problem);
    co_return std::move(judgement.retry);
  }
  if (record.adopted_ref == held) {
    record.adopted = *std::move(restored);
    record.contest = {};
  }
  const Claim claim{pass.spec().deletion_policy == api::DeletionPolicy::kRetain, std::nullopt};
  co_return co_await SetClaim(world, pass, claim);
}

Task<Status> EnsureClaim(World& world, Pass& pass) {
  Claim claim{pass.spec().deletion_policy == api::DeletionPolicy::kRetain, std::nullopt};
  if (pass.refused) {
    // It may still have objects to retain, and a hold to give back one day.
    claim.holds = pass.cached->metadata.claim.holds;
    claim.finalizer = claim.finalizer || pass.cached->metadata.claim.finalizer;
  } else if (pass.adopted() && WantsHold(pass.spec(), world.loop.WallNow())) {
    claim.finalizer = true;
    claim.holds = pass.adopted();
  }
  Status set = co_await SetClaim(world, pass, claim);
  if (set) co_return set;
  Judgement judgement = JudgeWrite(set.error());
  pass.claim_problem = std::move(judgement.problem);
  co_return std::move(judgement.retry);
}

Task<Status> SetClaim(World& world, Pass& pass, Claim claim) {
  if (pass.cached->metadata.claim == claim) co_return Status();
  kube::Json patch = ClaimPatch(pass.cached->metadata, claim, pass.cached->resource_version);
  Result<kube::Json> written = co_await world.client.MergePatch(kube::kDeepSeekServices, pass.key, std::move(patch));
  if (!written && written.error().code == ErrorCode::kNotFound) co_return Status();
  if (!written) co_return std::move(written).error();
  // The rest of the pass goes on from this version; its spec is the same, or the write would have failed.
  if (auto cached = CachedService::FromJson(*written)) {
    pass.cached = std::make_shared<const CachedService>(*std::move(cached));
  }
  co_return Status();
}

Task<Found> RestoreAdopted(World& world, std::string ns, api::AdoptedAutoscaler ref, std::string service) {
  Found found = co_await Read(world, ns, ref);
  if (!found || !*found || (*found)->held_by != service) co_return found;
  kube::Json patch = RestorePatch(**found);
  Found restored = co_await Write(world, **found, std::move(patch));
  if (!restored && restored.error().code == ErrorCode::kNotFound) co_return std::optional<Adoptable>();
  if (!restored) co_return std::move(restored).error();
  LogInfo("given back", {{"service", ns + "/" + service},
                         {"autoscaler", (*found)->ToString()},
                         {"minimum", MinimumToText((*restored)->minimum)}});
  co_return restored;
}

}  // namespace dso::controller
