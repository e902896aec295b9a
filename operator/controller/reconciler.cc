#include "controller/reconciler.h"

#include "api/status_json.h"
#include "api/status_significance.h"
#include "controller/adoption.h"
#include "controller/assess.h"
#include "controller/autoscaler.h"
#include "controller/conflicts.h"
#include "controller/deletion.h"
#include "controller/disruption.h"
#include "controller/giving_back.h"
#include "controller/pool_delivery.h"
#include "controller/reporting.h"
#include "controller/status_builder.h"
#include "controller/target.h"
#include "controller/traffic_policy.h"
#include "controller/workload.h"

namespace dso::controller {

Reconciler::Reconciler(Loop& loop, kube::Client& client, ClusterCache& cache, Records& records,
                       runtime::EventRecorder& events, const runtime::Leadership& leadership,
                       std::function<void(const kube::ObjectKey&)> wake)
    : records_(records),
      leadership_(leadership),
      discovery_(loop, client),
      pools_(loop, cache, records, std::move(wake)),
      world_{loop, client, cache, events, discovery_, pools_} {}

Task<Result<std::optional<milliseconds>>> Reconciler::Reconcile(kube::ObjectKey key) {
  Pass pass{key, world_.cache.services.Get(key), nullptr};
  const auto known = records_.find(key);
  if (!pass.cached || known == records_.end()) co_return pass.look_again;
  pass.record = known->second;
  pass.record->reconciled_generation = pass.cached->service.meta.generation;
  pass.record->reconciled_at = world_.loop.Now();

  Status outcome;
  if (pass.cached->service.meta.deletion_timestamp) {
    outcome = co_await Finalize(world_, pass);
    if (outcome && !pass.refused) co_return pass.look_again;
  } else {
    outcome = co_await Bring(pass);
  }
  if (pass.refused) pass.look_again = kRecheck;
  Status written;
  if (MayWrite()) written = co_await WriteStatus(pass);
  if (!outcome) co_return std::move(outcome).error();
  if (!written) co_return std::move(written).error();
  co_return pass.look_again;
}

// Brings the cluster to what the service declares.
Task<Status> Reconciler::Bring(Pass& pass) {
  Status outcome = co_await CheckService(pass);
  // Also where the service is refused: what it may no longer hold is given back all the same.
  if (outcome && pass.cached->service.spec && MayWrite()) outcome = co_await GiveBack(world_, pass);
  if (outcome && pass.cached->service.spec && MayWrite()) outcome = co_await EnsureClaim(world_, pass);
  if (outcome && !pass.refused && MayWrite()) outcome = co_await ApplyChildren(pass);
  if (pass.record->accepted.status == api::ConditionStatus::kFalse) {
    pass.record->floor_applied = Verdict::Unknown("NotAccepted", "Nothing is written while Accepted is False.");
  }
  if (pass.claim_problem) {
    pass.refused = true;
    pass.record->workload = *pass.claim_problem;
    if (pass.adopted() || pass.cached->metadata.claim.holds) pass.record->floor_applied = *pass.claim_problem;
  }
  co_return outcome;
}

void Reconciler::Decide(Pass& pass) {
  ServiceRecord& record = *pass.record;
  Assess(*pass.cached, OwnAutoscaler(world_, pass).get(), {world_.loop.Now(), world_.loop.WallNow()}, record);
  if (record.decision) pass.decision = *record.decision;
}

// Whether the spec can be acted on: its figures make sense, its target is there, and nobody else scales it.
Task<Status> Reconciler::CheckService(Pass& pass) {
  const api::DeepSeekService& service = pass.cached->service;
  ServiceRecord& record = *pass.record;
  pass.refused = true;
  if (!service.spec) {
    record.accepted = Verdict::False("InvalidSpec", service.spec.error().message);
    co_return Status();
  }
  // Before the decision: the floor that the adopted autoscaler carries is the one that a restart may not lower.
  Status read = co_await ReadAdopted(world_, pass);
  pools_.Plan(*pass.cached, record);
  if (!read && read.error().code == ErrorCode::kPermissionDenied) {
    record.accepted = *JudgeWrite(read.error()).problem;
    co_return Status();
  }
  if (!read) co_return read;
  Decide(pass);
  std::optional<Verdict> problem = record.spec_problem;
  if (!problem) problem = FindConflict(world_.cache, pass);
  if (!problem && pass.adopted()) problem = JudgeAdopted(world_.cache, pass, record.adopted);
  if (problem) {
    record.accepted = *std::move(problem);
    co_return Status();
  }
  if (const auto* target = std::get_if<api::TargetRef>(&service.spec->workload)) {
    pass.look_again = kRecheck;
    Status checked = co_await CheckTargetRef(world_, pass, *target);
    // The target may have other cores by now, and other pools.
    pools_.Plan(*pass.cached, record);
    Decide(pass);
    co_return checked;
  }
  pass.refused = false;
  record.accepted = Verdict::True("Accepted", "The spec is valid and nobody else scales the workload.");
  co_return Status();
}

// A workload that cannot be written must not keep the floor from rising: where the HPA is there already it is written
// all the same. Nor is a disruption budget or a DestinationRule a reason for anything else to wait.
Task<Status> Reconciler::ApplyChildren(Pass& pass) {
  Status outcome = co_await ApplyPoolConfigMap(world_, pass);
  if (outcome && !pass.refused && MayWrite()) outcome = co_await ApplyWorkload(world_, pass);
  if (outcome && !pass.refused && MayWrite()) outcome = co_await ApplyService(world_, pass);
  const bool workload_stands = outcome && !pass.refused;
  if (!MayWrite() || (!workload_stands && !OwnAutoscaler(world_, pass))) co_return outcome;
  Status floor = co_await ApplyFloor(pass);
  if (outcome && floor && MayWrite()) outcome = co_await RemoveFormerWorkload(world_, pass);
  if (outcome && floor && MayWrite()) outcome = co_await RemoveFormerPoolConfigMaps(world_, pass);
  if (pass.record->pools.in_transition) pass.look_again = kPoolRecheck;
  Status budget;
  if (MayWrite()) budget = co_await ApplyDisruptionBudget(world_, pass);
  if (budget && MayWrite()) budget = co_await ApplyDestinationRule(world_, pass);
  if (!outcome) co_return outcome;
  if (!floor) co_return floor;
  co_return budget;
}

Task<Status> Reconciler::ApplyFloor(Pass& pass) {
  if (!pass.adopted()) co_return co_await ApplyOwnAutoscaler(world_, pass);
  Status removed = co_await RemoveOwnAutoscaler(world_, pass);
  if (!removed || !MayWrite()) co_return removed;
  co_return co_await HoldAdopted(world_, pass);
}

bool Reconciler::LookAgain(const kube::ObjectKey& key) {
  const auto cached = world_.cache.services.Get(key);
  const auto known = records_.find(key);
  if (!cached || known == records_.end() || !cached->service.spec) return false;
  if (cached->service.meta.deletion_timestamp) return false;
  ServiceRecord& record = *known->second;
  const SteadyTime now = world_.loop.Now();
  const WallTime wall = world_.loop.WallNow();
  // Who stands by does not read it, and decides without.
  if (!RefreshAdopted(world_.cache, *cached, record) && MayWrite()) return true;
  const auto autoscaler = world_.cache.autoscalers.Get(key);
  pools_.Plan(*cached, record);
  Assess(*cached, autoscaler.get(), {now, wall}, record);
  const api::ServiceStatus& status = Report(*cached, record);
  const bool adopts = cached->service.spec->autoscaling.adopted.has_value();
  const bool ours = !adopts && autoscaler && autoscaler->controller_uid == cached->uid;
  const bool accepted = record.accepted.status == api::ConditionStatus::kTrue;
  if (ours && accepted && record.decision && autoscaler->min_replicas.value_or(1) != record.decision->hpa_min_replicas)
    return true;
  if (ours && accepted && autoscaler->max_replicas != MaxReplicas(*cached->service.spec, record, autoscaler.get()))
    return true;
  if (accepted && record.pools.plan && record.pools.in_template != record.pools.plan->sizes) return true;
  if (accepted && IsHoldDue(*cached, record, now, wall)) return true;
  return api::WorthWriting(record.written, status, std::chrono::duration_cast<milliseconds>(now - record.written_at));
}

const api::ServiceStatus& Reconciler::Report(const CachedService& cached, ServiceRecord& record) {
  const auto carrier = FindCarrier(world_.cache, cached);
  record.reported =
      std::make_shared<const api::ServiceStatus>(BuildStatus(cached, record, carrier.get(), world_.loop.WallNow()));
  return *record.reported;
}

Task<Status> Reconciler::WriteStatus(Pass& pass) {
  ServiceRecord& record = *pass.record;
  const auto since_last = std::chrono::duration_cast<milliseconds>(world_.loop.Now() - record.written_at);
  api::ServiceStatus status = Report(*pass.cached, record);
  if (!api::WorthWriting(record.written, status, since_last)) co_return Status();

  ReportConditions(world_, pass, status.conditions);
  kube::Json object{{"metadata",
                     {{"namespace", pass.key.ns},
                      {"name", pass.key.name},
                      {"uid", pass.cached->uid},
                      {"resourceVersion", record.status_versions.NewestOf(pass.cached->resource_version)}}},
                    {"status", api::ToJson(status)}};
  Result<kube::Applied> written = co_await world_.client.Apply(kube::kDeepSeekServices, std::move(object), "status");
  // Deleted in the meantime.
  if (!written && written.error().code == ErrorCode::kNotFound) co_return Status();
  if (!written) co_return std::move(written).error();
  static const kube::Json::json_pointer kVersion("/metadata/resourceVersion");
  record.status_versions = {pass.cached->resource_version, kube::StringAt(written->object, kVersion)};
  record.written = std::move(status);
  record.written_at = world_.loop.Now();
  co_return Status();
}

}  // namespace dso::controller
