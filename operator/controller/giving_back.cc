#include "controller/giving_back.h"

#include "base/log.h"
#include "controller/adoptable_client.h"
#include "controller/adoption_rules.h"
#include "render/objects.h"

namespace dso::controller {
namespace {

bool Retains(const Pass& pass) { return pass.spec().deletion_policy == api::DeletionPolicy::kRetain; }

bool MayKeep(const Pass& pass, const api::AdoptedAutoscaler& held, WallTime now) {
  if (pass.adopted() != held || !WantsHold(pass.spec(), now)) return false;
  const auto& live = pass.record->adopted;
  return !live || !JudgeAdoption(held, live, render::ScaleTarget(pass.cached->service), Rival::kNone);
}

// Nothing is held without a claim: an error ends the pass, and what only a person can mend is said.
Status Say(Pass& pass, const Error& error) {
  // Gone, or made anew: that one will be looked at on its own.
  if (error.code == ErrorCode::kNotFound) return Error{ErrorCode::kConflict, error.message};
  Judgement judgement = JudgeWrite(error);
  pass.claim_problem = std::move(judgement.problem);
  return std::move(judgement.retry);
}

}  // namespace

Task<Status> GiveBack(World& world, Pass& pass) {
  ServiceRecord& record = *pass.record;
  const std::optional<api::AdoptedAutoscaler> held = pass.cached->metadata.claim.holds;
  if (!held || MayKeep(pass, *held, world.loop.WallNow())) co_return Status();
  Result<std::optional<Adoptable>> restored = co_await RestoreAdopted(world, pass.key.ns, *held, pass.key.name);
  if (!restored) co_return Say(pass, restored.error());
  if (record.adopted_ref == held) {
    record.adopted = *std::move(restored);
    record.contest = {};
  }
  const Claim claim{Retains(pass), std::nullopt};
  Status set = co_await SetClaim(world, pass, claim);
  if (set) co_return set;
  co_return Say(pass, set.error());
}

Task<Status> EnsureClaim(World& world, Pass& pass) {
  if (pass.claim_problem) co_return Status();
  Claim claim{Retains(pass), std::nullopt};
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
  co_return Say(pass, set.error());
}

Task<Status> SetClaim(World& world, Pass& pass, Claim claim) {
  if (pass.cached->metadata.claim == claim) co_return Status();
  kube::Json patch = ClaimPatch(pass.cached->metadata, claim, pass.cached->resource_version);
  Result<kube::Json> written = co_await world.client.MergePatch(kube::kDeepSeekServices, pass.key, std::move(patch));
  if (!written) co_return std::move(written).error();
  // The rest of the pass goes on from this version; its spec is the same, or the write would have failed.
  if (auto cached = CachedService::FromJson(*written)) {
    pass.cached = std::make_shared<const CachedService>(*std::move(cached));
  }
  co_return Status();
}

Task<Result<std::optional<Adoptable>>> RestoreAdopted(World& world, std::string ns, api::AdoptedAutoscaler ref,
                                                      std::string service) {
  Result<std::optional<Adoptable>> found = co_await ReadAdoptable(world, ns, ref);
  if (!found || !*found || (*found)->held_by != service) co_return found;
  Adoptable held = **found;
  kube::Json patch = RestorePatch(held);
  Result<Adoptable> restored = co_await WriteAdoptable(world, std::move(held), std::move(patch));
  if (!restored && restored.error().code == ErrorCode::kNotFound) co_return std::optional<Adoptable>();
  if (!restored) co_return std::move(restored).error();
  LogInfo("given back", {{"service", ns + "/" + service},
                         {"autoscaler", restored->ToString()},
                         {"minimum", MinimumToText(restored->minimum)}});
  co_return std::optional(*std::move(restored));
}

}  // namespace dso::controller
