#include "controller/conflicts.h"

#include <fmt/format.h>

#include "render/objects.h"

namespace dso::controller {
namespace {

using Kind = api::AdoptedAutoscaler::Kind;

bool IsTheAdoptedOne(const api::AdoptedAutoscaler& ref, const kube::ObjectKey& key, const LiveAutoscaler& live) {
  if (ref.kind == Kind::kHorizontalPodAutoscaler) return key.name == ref.name;
  return live.adoptable && live.adoptable->controller_kind == "ScaledObject" &&
         live.adoptable->controller_name == ref.name;
}

// The older one keeps the target.
auto AgeOf(const CachedService& cached) {
  return std::pair(cached.service.meta.creation_timestamp, cached.service.meta.name);
}

}  // namespace

std::optional<Verdict> FindConflict(const ClusterCache& cache, const Pass& pass) {
  const api::TargetRef target = render::ScaleTarget(pass.cached->service);
  for (const kube::ObjectKey& other : cache.AutoscalersOf(pass.key.ns, target)) {
    const auto autoscaler = cache.autoscalers.Get(other);
    if (!autoscaler || autoscaler->controller_uid == pass.cached->uid) continue;
    if (pass.adopted() && IsTheAdoptedOne(*pass.adopted(), other, *autoscaler)) continue;
    if (other == pass.key && autoscaler->retained) continue;  // taken back
    return Verdict::False(
        "Conflict", fmt::format("HorizontalPodAutoscaler {} scales {} {} already, and two HPAs on one target stop "
                                "each other: delete it, or this DeepSeekService",
                                other.name, target.kind, target.name));
  }
  for (const kube::ObjectKey& other : cache.ServicesOf(pass.key.ns, target)) {
    const auto rival = cache.services.Get(other);
    if (other == pass.key || !rival || AgeOf(*pass.cached) < AgeOf(*rival)) continue;
    return Verdict::False("Conflict", fmt::format("DeepSeekService {} has {} {} already: delete one of the two",
                                                  other.name, target.kind, target.name));
  }
  return std::nullopt;
}

Rival FindRival(const ClusterCache& cache, const Pass& pass, const Adoptable& live) {
  if (!live.IsHeld() || live.held_by == pass.key.name) return Rival::kNone;
  const auto rival = cache.services.Get({pass.key.ns, live.held_by});
  if (!rival) return Rival::kNone;
  // Also one that refers to another autoscaler now: it has not given this one back yet.
  return rival->metadata.claim.holds == api::AdoptedAutoscaler{live.kind, live.key.name} ? Rival::kHolds : Rival::kNone;
}

std::shared_ptr<const LiveAutoscaler> FindCarrier(const ClusterCache& cache, const CachedService& cached) {
  const api::ObjectMeta& meta = cached.service.meta;
  const auto& spec = cached.service.spec;
  if (!spec || !spec->autoscaling.adopted) {
    auto own = cache.autoscalers.Get({meta.namespace_name, meta.name});
    return own && own->controller_uid == cached.uid ? own : nullptr;
  }
  for (const kube::ObjectKey& key : cache.AutoscalersOf(meta.namespace_name, render::ScaleTarget(cached.service))) {
    auto live = cache.autoscalers.Get(key);
    if (live && IsTheAdoptedOne(*spec->autoscaling.adopted, key, *live)) return live;
  }
  return nullptr;
}

}  // namespace dso::controller
