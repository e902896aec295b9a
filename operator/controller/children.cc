#include "controller/children.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/log.h"
#include "render/in_sync.h"

namespace dso::controller {
namespace {

// Remembers what it has found: most looks at a child find what the last one found, and a comparison parses the object.
bool IsInSync(const kube::Json& desired, uint64_t desired_hash, const std::string& kind, const LiveObject& live,
              ServiceRecord& record) {
  const ServiceRecord::Settled now{desired_hash, Fnv1a(live.body.text())};
  const auto settled = record.settled.find(kind);
  if (settled != record.settled.end() && settled->second == now) return true;
  if (!render::InSync(desired, live.body.Parse())) return false;
  record.settled[kind] = now;
  return true;
}

Task<Result<ChildOutcome>> Write(kube::Client& client, kube::ResourceType type, kube::Json desired,
                                 uint64_t desired_hash, std::string decided_on, std::shared_ptr<ServiceRecord> record) {
  const kube::ObjectKey key = kube::KeyOf(desired);
  desired["metadata"]["resourceVersion"] = std::move(decided_on);
  Result<kube::Applied> applied = co_await client.Apply(type, std::move(desired));
  if (!applied) co_return std::move(applied).error();
  record->settled[type.kind] = {desired_hash, Fnv1a(LiveObject::Of(applied->object).body.text())};
  LogInfo(applied->created ? "created" : "applied", {{"kind", type.kind}, {"object", key.ToString()}});
  co_return applied->created ? ChildOutcome::kCreated : ChildOutcome::kApplied;
}

}  // namespace

Task<Result<ChildOutcome>> EnsureChild(kube::Client& client, kube::ResourceType type, kube::Json desired,
                                       std::shared_ptr<const LiveObject> live, std::string owner_uid,
                                       std::shared_ptr<ServiceRecord> record, CacheScope scope) {
  const kube::ObjectKey key = kube::KeyOf(desired);
  const uint64_t desired_hash = Fnv1a(desired.dump());
  desired["metadata"]["annotations"][kAppliedAnnotation] = fmt::format("{:016x}", desired_hash);
  if (live == nullptr && scope != CacheScope::kNothing) {
    Result<ChildOutcome> created = co_await Write(client, type, desired, desired_hash, kube::kMustNotExist, record);
    const bool taken = !created && created.error().code == ErrorCode::kConflict;
    if (!taken || scope == CacheScope::kEverything) co_return created;
  }
  if (live == nullptr) {
    Result<kube::Json> found = co_await client.Get(type, key);
    if (!found && found.error().code != ErrorCode::kNotFound) co_return std::move(found).error();
    if (!found) co_return co_await Write(client, type, desired, desired_hash, kube::kMustNotExist, record);
    live = std::make_shared<LiveObject>(LiveObject::Of(*found));
  }
  if (live->controller_uid != owner_uid && !live->retained) co_return ChildOutcome::kForeign;
  if (IsInSync(desired, desired_hash, type.kind, *live, *record)) co_return ChildOutcome::kInSync;
  co_return co_await Write(client, type, std::move(desired), desired_hash, live->resource_version, record);
}

Judgement JudgeChild(const Result<ChildOutcome>& outcome, const kube::ResourceType& type, const kube::ObjectKey& key) {
  if (!outcome) return JudgeWrite(outcome.error());
  return *outcome == ChildOutcome::kForeign ? JudgeForeign(type.kind, key.name) : Judgement();
}

Task<Status> RemoveChild(kube::Client& client, kube::ResourceType type, kube::ObjectKey key,
                         std::shared_ptr<const LiveObject> live, std::string owner_uid) {
  if (live == nullptr || live->controller_uid != owner_uid) co_return Status();
  LogInfo("deleting, no longer declared", {{"kind", type.kind}, {"object", key.ToString()}});
  co_return co_await client.Delete(type, key, live->uid, live->resource_version);
}

}  // namespace dso::controller
