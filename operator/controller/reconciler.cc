#include "controller/reconciler.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/status_json.h"
#include "api/status_significance.h"
#include "base/log.h"
#include "controller/assess.h"
#include "controller/children.h"
#include "controller/status_builder.h"
#include "render/objects.h"

namespace dso::controller {
namespace {

using nlohmann::literals::operator""_json_pointer;

// What is not watched (a target, a foreign object, a right) is looked at again this late.
constexpr milliseconds kRecheck = std::chrono::minutes(1);

// The same minReplicas is written again no sooner than this.
constexpr seconds kMinReplicasRewrite{10};

Judgement Judge(const Result<ChildOutcome>& outcome, const kube::ResourceType& type, const kube::ObjectKey& key) {
  if (!outcome) return JudgeWrite(outcome.error());
  return *outcome == ChildOutcome::kForeign ? JudgeForeign(type.kind, key.name) : Judgement();
}

Verdict WorkloadVerdict(const LiveDeployment* live) {
  if (live != nullptr && live->available) return Verdict::True("Available", "The Deployment is available.");
  if (live != nullptr && !live->failure.empty()) {
    return Verdict::False("ReplicaFailure", "The Deployment cannot make its pods: " + live->failure);
  }
  return Verdict::False("Progressing", "Too few replicas are ready yet: see the Deployment and its pods.");
}

int CountAt(const kube::Json& object, const kube::Json::json_pointer& path) {
  return static_cast<int>(kube::IntegerAt(object, path).value_or(0));
}

}  // namespace

Reconciler::Reconciler(Loop& loop, kube::Client& client, ClusterCache& cache, Records& records,
                       runtime::EventRecorder& events)
    : loop_(loop), client_(client), cache_(cache), records_(records), events_(events), discovery_(loop, client) {}

Task<Result<std::optional<milliseconds>>> Reconciler::Reconcile(kube::ObjectKey key) {
  Pass pass{key, cache_.services.Get(key), nullptr};
  const auto known = records_.find(key);
  // A deleted service needs nothing from us: the garbage collector follows the owner references.
  if (!pass.cached || pass.cached->service.meta.deletion_timestamp || known == records_.end())
    co_return pass.look_again;
  pass.record = known->second;
  pass.record->reconciled_generation = pass.cached->service.meta.generation;
  pass.record->reconciled_at = loop_.Now();

  Status outcome = co_await CheckTarget(pass);
  if (outcome && !pass.refused) outcome = co_await ApplyChildren(pass);
  if (pass.refused) pass.look_again = kRecheck;
  if (pass.record->accepted.status == api::ConditionStatus::kFalse) {
    pass.record->floor_applied = Verdict::Unknown("NotAccepted", "Nothing is written while Accepted is False.");
  }
  Status written;
  if (!stopping_) written = co_await WriteStatus(pass);
  if (!outcome) co_return std::move(outcome).error();
  if (!written) co_return std::move(written).error();
  co_return pass.look_again;
}

// A workload that cannot be written must not keep the floor from rising: where the HPA is there already it is written
// all the same.
Task<Status> Reconciler::ApplyChildren(Pass& pass) {
  Status outcome = co_await ApplyWorkload(pass);
  if (outcome && !pass.refused && !stopping_) outcome = co_await ApplyService(pass);
  const bool workload_stands = outcome && !pass.refused;
  if (stopping_ || (!workload_stands && !OwnAutoscaler(pass))) co_return outcome;
  Status floor = co_await ApplyAutoscaler(pass);
  if (outcome && floor && !stopping_) outcome = co_await RemoveFormerWorkload(pass);
  if (outcome) co_return floor;
  co_return outcome;
}

bool Reconciler::LookAgain(const kube::ObjectKey& key) {
  const auto cached = cache_.services.Get(key);
  const auto known = records_.find(key);
  if (!cached || known == records_.end() || !cached->service.spec) return false;
  if (cached->service.meta.deletion_timestamp) return false;
  ServiceRecord& record = *known->second;
  const auto autoscaler = cache_.autoscalers.Get(key);
  Assess(*cached, autoscaler.get(), {loop_.Now(), loop_.WallNow()}, record);
  const bool ours = autoscaler && autoscaler->controller_uid == cached->uid;
  const bool accepted = record.accepted.status == api::ConditionStatus::kTrue;
  if (ours && accepted && record.decision && autoscaler->min_replicas.value_or(1) != record.decision->hpa_min_replicas)
    return true;
  const api::ServiceStatus now = BuildStatus(*cached, record, autoscaler.get(), loop_.WallNow());
  return api::WorthWriting(record.written, now,
                           std::chrono::duration_cast<milliseconds>(loop_.Now() - record.written_at));
}

// Whether the spec can be acted on: its figures make sense, its target is there, and nobody else scales it.
Task<Status> Reconciler::CheckTarget(Pass& pass) {
  const api::DeepSeekService& service = pass.cached->service;
  ServiceRecord& record = *pass.record;
  pass.refused = true;
  if (!service.spec) {
    record.accepted = Verdict::False("InvalidSpec", service.spec.error().message);
    co_return Status();
  }
  Assess(*pass.cached, OwnAutoscaler(pass).get(), {loop_.Now(), loop_.WallNow()}, record);
  if (record.decision) pass.decision = *record.decision;
  if (record.spec_problem) {
    record.accepted = *record.spec_problem;
    co_return Status();
  }
  if (auto conflict = FindConflict(pass)) {
    record.accepted = *std::move(conflict);
    co_return Status();
  }
  if (const auto* target = std::get_if<api::TargetRef>(&service.spec->workload)) {
    pass.look_again = kRecheck;
    co_return co_await CheckAdoptedTarget(pass, *target);
  }
  pass.refused = false;
  record.accepted = Verdict::True("Accepted", "The spec is valid and nobody else scales the workload.");
  co_return Status();
}

Task<Status> Reconciler::CheckAdoptedTarget(Pass& pass, api::TargetRef target) {
  ServiceRecord& record = *pass.record;
  const bool is_fresh = record.target_read_at && loop_.Now() - *record.target_read_at < kRecheck &&
                        record.accepted.status == api::ConditionStatus::kTrue &&
                        record.written.observed_generation == pass.cached->service.meta.generation;
  if (is_fresh) {
    pass.refused = false;
    co_return Status();
  }
  record.target_read_at = loop_.Now();
  Result<kube::Discovery::Scalable> resource = co_await discovery_.Resolve(target.api_version, target.kind);
  if (!resource && resource.error().code != ErrorCode::kNotFound) co_return std::move(resource).error();
  if (!resource) {
    record.accepted =
        Verdict::False("TargetNotFound", fmt::format("spec.targetRef: the cluster has no kind {} in {}: check the "
                                                     "spelling, or install its CustomResourceDefinition",
                                                     target.kind, target.api_version));
    co_return Status();
  }
  if (!resource->has_scale) {
    record.accepted = Verdict::False(
        "TargetNotScalable",
        fmt::format("spec.targetRef: a {} has no /scale subresource, so no HPA can scale it", target.kind));
    co_return Status();
  }
  // Named: GCC 12 frees a braced temporary of a co_await expression twice.
  kube::ObjectKey target_key{pass.key.ns, target.name};
  Result<kube::Json> object = co_await client_.Get(resource->type, target_key);
  if (!object && object.error().code != ErrorCode::kNotFound) co_return std::move(object).error();
  if (!object) {
    record.accepted =
        Verdict::False("TargetNotFound", fmt::format("spec.targetRef: there is no {} {} in namespace {}: create it or "
                                                     "correct the name",
                                                     target.kind, target.name, pass.key.ns));
    co_return Status();
  }
  record.replicas = CountAt(*object, "/status/replicas"_json_pointer);
  record.ready_replicas = CountAt(*object, "/status/readyReplicas"_json_pointer);
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

std::optional<Verdict> Reconciler::FindConflict(const Pass& pass) const {
  const api::TargetRef target = render::ScaleTarget(pass.cached->service);
  for (const kube::ObjectKey& other : cache_.AutoscalersOf(pass.key.ns, target)) {
    const auto autoscaler = cache_.autoscalers.Get(other);
    if (!autoscaler || autoscaler->controller_uid == pass.cached->uid) continue;
    return Verdict::False(
        "Conflict", fmt::format("HorizontalPodAutoscaler {} scales {} {} already, and two HPAs on one target stop "
                                "each other: delete it, or this DeepSeekService",
                                other.name, target.kind, target.name));
  }
  const auto age = [](const CachedService& cached) {
    return std::pair(cached.service.meta.creation_timestamp, cached.service.meta.name);
  };
  for (const kube::ObjectKey& other : cache_.ServicesOf(pass.key.ns, target)) {
    const auto rival = cache_.services.Get(other);
    if (other == pass.key || !rival || age(*pass.cached) < age(*rival)) continue;  // the older one keeps the target
    return Verdict::False("Conflict", fmt::format("DeepSeekService {} has {} {} already: delete one of the two",
                                                  other.name, target.kind, target.name));
  }
  return std::nullopt;
}

Task<Status> Reconciler::ApplyWorkload(Pass& pass) {
  const api::DeepSeekService& service = pass.cached->service;
  ServiceRecord& record = *pass.record;
  const auto live = cache_.deployments.Get(pass.key);
  if (std::holds_alternative<api::TargetRef>(service.spec->workload)) co_return Status();
  Result<ChildOutcome> outcome = co_await EnsureChild(client_, kube::kDeployments, render::Deployment(service), live,
                                                      pass.cached->uid, pass.record);
  Judgement judgement = Judge(outcome, kube::kDeployments, pass.key);
  pass.refused = judgement.refused;
  record.workload = judgement.problem.value_or(WorkloadVerdict(live.get()));
  if (live) {
    record.replicas = live->replicas;
    record.ready_replicas = live->ready_replicas;
  }
  // spec.replicas is never in our apply set, so a new Deployment has one; the first count goes through /scale.
  const int first_count = pass.decision.hpa_min_replicas;
  if (outcome && *outcome == ChildOutcome::kCreated && first_count > 1) {
    kube::Json scale{{"spec", {{"replicas", first_count}}}};
    Result<kube::Json> scaled = co_await client_.MergePatch(kube::kDeployments, pass.key, std::move(scale), "scale");
    if (!scaled) co_return std::move(scaled).error();
  }
  co_return std::move(judgement.retry);
}

// The Deployment of a template that has given way to a targetRef, once the HPA scales the new target; unless it is that
// target itself.
Task<Status> Reconciler::RemoveFormerWorkload(Pass& pass) {
  const auto* target = std::get_if<api::TargetRef>(&pass.cached->service.spec->workload);
  if (target == nullptr || (target->kind == "Deployment" && target->name == pass.key.name)) co_return Status();
  co_return co_await RemoveChild(client_, kube::kDeployments, pass.key, cache_.deployments.Get(pass.key),
                                 pass.cached->uid);
}

Task<Status> Reconciler::ApplyService(Pass& pass) {
  const api::DeepSeekService& service = pass.cached->service;
  const auto live = cache_.cluster_services.Get(pass.key);
  const auto* workload = std::get_if<api::OwnedWorkload>(&service.spec->workload);
  if (workload == nullptr || !workload->service) {
    co_return co_await RemoveChild(client_, kube::kServices, pass.key, live, pass.cached->uid);
  }
  kube::Json desired = render::Service(service);
  Result<ChildOutcome> outcome =
      co_await EnsureChild(client_, kube::kServices, desired, live, pass.cached->uid, pass.record);
  if (!outcome && outcome.error().code == ErrorCode::kInvalidArgument && live) {
    // An apply merges ports by number and protocol: where somebody has changed ours, it lands beside theirs under the
    // same name and is refused. A merge patch replaces the list.
    kube::Json ports{{"metadata", {{"uid", live->uid}, {"resourceVersion", live->resource_version}}},
                     {"spec", {{"ports", desired["spec"]["ports"]}}}};
    Result<kube::Json> patched = co_await client_.MergePatch(kube::kServices, pass.key, std::move(ports));
    if (patched) outcome = ChildOutcome::kApplied;
  }
  Judgement judgement = Judge(outcome, kube::kServices, pass.key);
  pass.refused = judgement.refused;
  if (judgement.problem) pass.record->workload = *std::move(judgement.problem);
  co_return std::move(judgement.retry);
}

Task<Status> Reconciler::ApplyAutoscaler(Pass& pass) {
  const api::DeepSeekService& service = pass.cached->service;
  ServiceRecord& record = *pass.record;
  const auto live = cache_.autoscalers.Get(pass.key);
  const int before = live ? live->min_replicas.value_or(1) : 0;
  if (live && before != pass.decision.hpa_min_replicas) {
    // The workload was waited for: meanwhile more may be needed, and another may have written.
    Assess(*pass.cached, OwnAutoscaler(pass).get(), {loop_.Now(), loop_.WallNow()}, record);
    pass.decision = *record.decision;
  }
  const int wanted = pass.decision.hpa_min_replicas;
  // Somebody else writes minReplicas too, or the cache does not have our own write yet: no tug of war at the pace of
  // the watch.
  const bool just_written = record.min_replicas_written_at && record.written_min_replicas == wanted &&
                            loop_.Now() - *record.min_replicas_written_at < kMinReplicasRewrite;
  if (live && before != wanted && just_written) {
    pass.look_again = kMinReplicasRewrite;
    co_return Status();
  }
  std::optional<std::string> replaced = record.replaced_autoscaler;
  if (live) record.replaced_autoscaler = live->resource_version;
  Result<ChildOutcome> outcome =
      co_await EnsureChild(client_, kube::kHorizontalPodAutoscalers, render::HorizontalPodAutoscaler(service, wanted),
                           live, pass.cached->uid, pass.record, CacheScope::kEverything);
  // After a conflict the cache is known to be behind, as after a write.
  const bool is_replaced = outcome ? *outcome == ChildOutcome::kApplied : outcome.error().code == ErrorCode::kConflict;
  if (!is_replaced) record.replaced_autoscaler = std::move(replaced);
  Judgement judgement = Judge(outcome, kube::kHorizontalPodAutoscalers, pass.key);
  pass.refused = pass.refused || judgement.refused;
  if (outcome || judgement.problem) {
    record.floor_applied = judgement.problem.value_or(FloorVerdict(service.spec->prediction.mode));
  }
  if (outcome && *outcome == ChildOutcome::kApplied) {
    record.written_min_replicas = wanted;
    record.min_replicas_written_at = loop_.Now();
    ReportFloor(pass, before);
  }
  co_return std::move(judgement.retry);
}

Task<Status> Reconciler::WriteStatus(Pass& pass) {
  ServiceRecord& record = *pass.record;
  const auto since_last = std::chrono::duration_cast<milliseconds>(loop_.Now() - record.written_at);
  api::ServiceStatus status = BuildStatus(*pass.cached, record, OwnAutoscaler(pass).get(), loop_.WallNow());
  if (!api::WorthWriting(record.written, status, since_last)) co_return Status();

  ReportConditions(pass, status.conditions);
  kube::Json object{{"metadata", {{"namespace", pass.key.ns}, {"name", pass.key.name}, {"uid", pass.cached->uid}}},
                    {"status", api::ToJson(status)}};
  Result<kube::Applied> written = co_await client_.Apply(kube::kDeepSeekServices, std::move(object), "status");
  if (!written) {
    // Deleted in the meantime, or deleted and made anew: that one will be looked at on its own.
    const bool gone = written.error().code == ErrorCode::kNotFound || written.error().code == ErrorCode::kConflict;
    if (gone) co_return Status();
    co_return std::move(written).error();
  }
  record.written = std::move(status);
  record.written_at = loop_.Now();
  co_return Status();
}

void Reconciler::ReportFloor(const Pass& pass, int before) {
  const decide::Decision& decision = pass.decision;
  const int after = decision.hpa_min_replicas;
  if (before == after) return;
  const std::string text = fmt::format("minReplicas {} -> {}: {}", before, after, decision.explanation);
  LogInfo("floor", {{"service", pass.key.ToString()},
                    {"from", std::to_string(before)},
                    {"to", std::to_string(after)},
                    {"reason", std::string(ToString(decision.reason))}});
  events_.Record({kube::kDeepSeekServices, pass.key, pass.cached->uid}, runtime::EventType::kNormal,
                 after > before ? "FloorRaised" : "FloorReleased", "SetMinReplicas", text);
}

// What a person wants to hear of once: a condition that turns False. A Deployment that is progressing is no news, Ready
// only repeats the others, and what has never worked yet (a Prometheus that is still starting) is a condition, not an
// event.
void Reconciler::ReportConditions(const Pass& pass, const std::vector<api::Condition>& now) {
  for (const api::Condition& condition : now) {
    if (condition.status != api::ConditionStatus::kFalse || condition.reason == "Progressing" ||
        condition.reason == "Retrying") {
      continue;
    }
    const api::Condition* const before = api::FindCondition(pass.record->written.conditions, condition.type);
    if (before != nullptr && before->status == condition.status && before->reason == condition.reason) continue;
    LogWarning("condition is False", {{"service", pass.key.ToString()},
                                      {"condition", condition.type},
                                      {"reason", condition.reason},
                                      {"message", condition.message}});
    const bool of_the_spec = condition.type == api::kReady || condition.type == api::kAccepted;
    const bool was_true = before != nullptr && before->status == api::ConditionStatus::kTrue;
    const bool repeats = condition.type == api::kReady && pass.record->accepted.status == api::ConditionStatus::kFalse;
    if (repeats || !(of_the_spec || was_true)) continue;
    events_.Record({kube::kDeepSeekServices, pass.key, pass.cached->uid}, runtime::EventType::kWarning,
                   condition.reason, "Reconcile", condition.message);
  }
}

std::shared_ptr<const LiveAutoscaler> Reconciler::OwnAutoscaler(const Pass& pass) const {
  auto live = cache_.autoscalers.Get(pass.key);
  return live && live->controller_uid == pass.cached->uid ? live : nullptr;
}

}  // namespace dso::controller
