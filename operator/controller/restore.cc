#include "controller/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "controller/adoptable.h"
#include "controller/cluster_cache.h"
#include "kube/discovery.h"

namespace dso::controller {
namespace {

using Kind = api::AdoptedAutoscaler::Kind;

// A write that is overtaken is decided again this often: the HPA controller writes a status now and then.
constexpr int kAttempts = 5;

// Page by page, so that a large cluster costs no memory.
Task<Status> ForEachObject(kube::Client& client, kube::ResourceType type, std::string ns,
                           std::function<void(const kube::Json&)> visit) {
  const kube::Selection selection{.ns = ns, .label_selector = {}, .field_selector = {}};
  std::string token;
  do {
    Result<kube::ListPage> page = co_await client.List(type, selection, token, std::stop_token());
    if (!page) co_return std::move(page).error().WithContext("list " + type.ToString());
    for (const kube::Json& item : page->items) visit(item);
    token = page->continue_token;
  } while (!token.empty());
  co_return Status();
}

Task<Result<bool>> RestoreOne(kube::Client& client, kube::ResourceType type, Adoptable held) {
  for (int attempt = 1;; ++attempt) {
    kube::Json patch = RestorePatch(held);
    Result<kube::Json> written = co_await client.MergePatch(type, held.key, std::move(patch));
    if (written) co_return true;
    if (written.error().code == ErrorCode::kNotFound) co_return false;
    if (written.error().code != ErrorCode::kConflict || attempt == kAttempts) co_return std::move(written).error();
    Result<kube::Json> object = co_await client.Get(type, held.key);
    if (!object && object.error().code == ErrorCode::kNotFound) co_return false;
    if (!object) co_return std::move(object).error();
    held = Adoptable::FromJson(held.kind, *object);
    if (!held.IsHeld()) co_return false;
  }
}

// An HPA that a service of its name controls, with a floor above the minimum that the service declares.
struct Raised {
  kube::ObjectKey key;
  std::string uid;
  std::string resource_version;
  int floor = 0;
  int declared = 0;
};

std::optional<Raised> RaisedOf(const kube::Json& object, const std::map<std::string, int>& declared_by_uid) {
  const auto live = LiveAutoscaler::FromJson(object);
  if (!live) return std::nullopt;
  const auto declared = declared_by_uid.find(live->controller_uid);
  if (declared == declared_by_uid.end()) return std::nullopt;
  const int minimum = std::min(declared->second, live->max_replicas);
  if (live->min_replicas.value_or(1) <= minimum) return std::nullopt;
  return Raised{kube::KeyOf(object), live->uid, live->resource_version, *live->min_replicas, minimum};
}

Task<Status> LowerOne(kube::Client& client, Raised raised, const std::map<std::string, int>& declared_by_uid) {
  for (int attempt = 1;; ++attempt) {
    kube::Json patch{{"metadata", {{"uid", raised.uid}, {"resourceVersion", raised.resource_version}}},
                     {"spec", {{"minReplicas", raised.declared}}}};
    Result<kube::Json> written =
        co_await client.MergePatch(kube::kHorizontalPodAutoscalers, raised.key, std::move(patch));
    if (written || written.error().code == ErrorCode::kNotFound) co_return Status();
    if (written.error().code != ErrorCode::kConflict || attempt == kAttempts) co_return std::move(written).error();
    Result<kube::Json> object = co_await client.Get(kube::kHorizontalPodAutoscalers, raised.key);
    if (!object && object.error().code == ErrorCode::kNotFound) co_return Status();
    if (!object) co_return std::move(object).error();
    std::optional<Raised> still = RaisedOf(*object, declared_by_uid);
    if (!still) co_return Status();
    raised = *std::move(still);
  }
}

// Of one namespace, or with "" of all.
class Restoration {
 public:
  Restoration(kube::Client& client, std::string ns, RestoreReport& report)
      : client_(client), ns_(std::move(ns)), report_(report) {}

  Task<Status> RestoreKind(Kind kind, kube::ResourceType type) {
    std::vector<Adoptable> held;
    Status listed = co_await ForEachObject(client_, type, ns_, [&held, kind](const kube::Json& object) {
      Adoptable adoptable = Adoptable::FromJson(kind, object);
      if (adoptable.IsHeld()) held.push_back(std::move(adoptable));
    });
    if (!listed) co_return listed;
    for (const Adoptable& each : held) {
      const std::string name = fmt::format("{} {}", api::ToString(kind), each.key.ToString());
      Result<bool> restored = co_await RestoreOne(client_, type, each);
      if (restored && *restored) {
        report_.done.push_back(fmt::format("{}: minimum {} (was {}), held by DeepSeekService {}", name,
                                           MinimumToText(each.Original()), MinimumToText(each.minimum), each.held_by));
      } else if (!restored) {
        report_.failed.push_back(fmt::format("{}: {}", name, restored.error().message));
        still_held_by_.insert({each.key.ns, each.held_by});
      }
    }
    co_return Status();
  }

  Task<Status> ReadServices() {
    Status listed = co_await ForEachObject(client_, kube::kDeepSeekServices, ns_, [this](const kube::Json& object) {
      auto cached = CachedService::FromJson(object);
      if (!cached) return;
      if (cached->service.spec) declared_by_uid_[cached->uid] = cached->service.spec->replicas.min;
      if (cached->metadata.claim != Claim()) claiming_.push_back(*std::move(cached));
    });
    if (!listed && listed.error().code == ErrorCode::kNotFound) co_return Status();  // the CRD is gone
    co_return listed;
  }

  // Without the operator nobody would ever release the floors that stand on the services' own HPAs.
  Task<Status> LowerOwn() {
    std::vector<Raised> all;
    Status listed =
        co_await ForEachObject(client_, kube::kHorizontalPodAutoscalers, ns_, [this, &all](const kube::Json& object) {
          if (auto raised = RaisedOf(object, declared_by_uid_)) all.push_back(*std::move(raised));
        });
    if (!listed) co_return listed;
    for (const Raised& raised : all) {
      const std::string name = "HorizontalPodAutoscaler " + raised.key.ToString();
      Status lowered = co_await LowerOne(client_, raised, declared_by_uid_);
      if (lowered) {
        report_.done.push_back(fmt::format("{}: minimum {} (was {}), as DeepSeekService {} declares", name,
                                           raised.declared, raised.floor, raised.key.name));
      } else {
        report_.failed.push_back(fmt::format("{}: {}", name, lowered.error().message));
      }
    }
    co_return Status();
  }

  Task<Status> ReleaseServices() {
    for (const CachedService& cached : claiming_) {
      const kube::ObjectKey key{cached.service.meta.namespace_name, cached.service.meta.name};
      if (still_held_by_.contains(key)) continue;
      Status released = co_await ReleaseService(key, cached);
      if (!released)
        report_.failed.push_back(fmt::format("DeepSeekService {}: {}", key.ToString(), released.error().message));
    }
    co_return Status();
  }

 private:
  Task<Status> ReleaseService(kube::ObjectKey key, CachedService cached) {
    const auto& spec = cached.service.spec;
    const bool retains = !spec || spec->deletion_policy == api::DeletionPolicy::kRetain;
    const Claim after{cached.metadata.claim.finalizer && retains, std::nullopt};
    if (after.finalizer) {
      report_.done.push_back(
          fmt::format("DeepSeekService {}: keeps its finalizer, because its deletionPolicy is Retain: "
                      "delete it while the operator runs, or its objects go with it",
                      key.ToString()));
    }
    if (cached.metadata.claim == after) co_return Status();
    kube::Json patch = ClaimPatch(cached.metadata, after, cached.resource_version);
    Result<kube::Json> written = co_await client_.MergePatch(kube::kDeepSeekServices, key, std::move(patch));
    if (!written && written.error().code != ErrorCode::kNotFound) co_return std::move(written).error();
    report_.done.push_back(fmt::format("DeepSeekService {}: holds nothing any more", key.ToString()));
    co_return Status();
  }

  kube::Client& client_;
  const std::string ns_;
  RestoreReport& report_;
  std::vector<CachedService> claiming_;
  std::map<std::string, int> declared_by_uid_;  // spec.replicas.min
  std::set<kube::ObjectKey> still_held_by_;
};

// Nothing if KEDA is not installed.
Task<Result<std::optional<kube::ResourceType>>> FindScaledObjects(Loop& loop, kube::Client& client) {
  kube::Discovery discovery(loop, client);
  const std::string api_version = kube::kScaledObjects.ApiVersion();
  Result<kube::Discovery::Scalable> keda = co_await discovery.Resolve(api_version, kube::kScaledObjects.kind);
  if (keda) co_return std::optional(keda->type);
  if (keda.error().code == ErrorCode::kNotFound) co_return std::optional<kube::ResourceType>();
  co_return std::move(keda).error();
}

}  // namespace

Task<Result<RestoreReport>> RestoreAll(Loop& loop, kube::Client& client, std::vector<std::string> namespaces) {
  if (namespaces.empty()) namespaces = {""};
  const Result<std::optional<kube::ResourceType>> scaled_objects = co_await FindScaledObjects(loop, client);
  RestoreReport report;
  bool anything_read = false;
  Status outcome;
  for (const std::string& ns : namespaces) {
    Restoration restoration(client, ns, report);
    outcome = co_await restoration.RestoreKind(Kind::kHorizontalPodAutoscaler, kube::kHorizontalPodAutoscalers);
    anything_read = anything_read || outcome.ok();
    if (outcome) outcome = co_await restoration.ReadServices();
    if (outcome) outcome = co_await restoration.LowerOwn();
    // A KEDA that cannot be asked keeps only the services from being released.
    if (outcome && !scaled_objects) outcome = scaled_objects.error();
    if (outcome && *scaled_objects) outcome = co_await restoration.RestoreKind(Kind::kScaledObject, **scaled_objects);
    if (outcome) outcome = co_await restoration.ReleaseServices();
    if (!outcome) report.failed.push_back(outcome.error().message);
  }
  if (!anything_read) co_return std::move(outcome).error();
  co_return report;
}

}  // namespace dso::controller
