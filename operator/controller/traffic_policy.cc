#include "controller/traffic_policy.h"

#include <algorithm>
#include <cmath>

#include "controller/children.h"
#include "render/destination_rule.h"

namespace dso::controller {
namespace {

// Of all replicas at most, when they are full.
std::optional<int> InFlight(const api::ServiceSpec& spec, const ServiceRecord& record) {
  constexpr double kMost = 1e9;
  if (!record.capacity || !record.capacity->full_in_flight) return std::nullopt;
  const double in_flight = std::ceil(*record.capacity->full_in_flight * spec.replicas.max);
  return static_cast<int>(std::clamp(in_flight, 1.0, kMost));
}

bool WasDeclared(const Pass& pass) {
  return pass.record->destination_rule ||
         api::FindCondition(pass.record->written.conditions, api::kDestinationRuleApplied) != nullptr;
}

Task<Status> Remove(World& world, Pass& pass) {
  Result<kube::Json> found = co_await world.client.Get(kube::kDestinationRules, pass.key);
  if (!found && found.error().code != ErrorCode::kNotFound) co_return std::move(found).error();
  if (found) {
    auto live = std::make_shared<const LiveObject>(LiveObject::Of(*found));
    Status removed = co_await RemoveChild(world.client, kube::kDestinationRules, pass.key, live, pass.cached->uid);
    if (!removed) co_return removed;
  }
  pass.record->destination_rule.reset();
  co_return Status();
}

}  // namespace

Task<Status> ApplyDestinationRule(World& world, Pass& pass) {
  if (!pass.spec().istio) {
    if (!WasDeclared(pass)) co_return Status();
    co_return co_await Remove(world, pass);
  }
  std::optional<Verdict>& verdict = pass.record->destination_rule;
  pass.look_again = std::min(pass.look_again.value_or(kRecheck), kRecheck);
  const kube::ResourceType& type = kube::kDestinationRules;
  Result<kube::Discovery::Scalable> resource = co_await world.discovery.Resolve(type.ApiVersion(), type.kind);
  if (!resource && resource.error().code != ErrorCode::kNotFound) co_return std::move(resource).error();
  if (!resource) {
    verdict = Verdict::False("IstioNotInstalled",
                             "spec.istio: the cluster has no DestinationRule in networking.istio.io/v1: install Istio "
                             "1.22 or newer, or remove spec.istio");
    co_return Status();
  }
  kube::Json desired = render::DestinationRule(pass.cached->service, InFlight(pass.spec(), *pass.record));
  const std::shared_ptr<const LiveObject> unwatched;
  Result<ChildOutcome> outcome = co_await EnsureChild(world.client, type, std::move(desired), unwatched,
                                                      pass.cached->uid, pass.record, CacheScope::kNothing);
  Judgement judgement = JudgeChild(outcome, type, pass.key);
  if (outcome || judgement.problem) {
    verdict = judgement.problem.value_or(
        Verdict::True("Applied", "The Service has a DestinationRule; each client proxy keeps its limits for itself."));
  }
  co_return std::move(judgement.retry);
}

}  // namespace dso::controller
