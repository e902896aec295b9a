#include "controller/deletion_cost.h"

#include <memory>
#include <utility>
#include <vector>

#include "api/query_template.h"
#include "base/log.h"

namespace dso::controller {
namespace {

constexpr milliseconds kInterval = std::chrono::minutes(1);
// The demand is asked for on the same servers, and reconciles write to the same API server: they come first.
constexpr int kMostAtOnce = 2;

std::optional<PodWorkQuery> WorkQueryOf(const api::ServiceSpec& spec) {
  if (!spec.autoscaling.pod_deletion_cost || !spec.demand) return std::nullopt;
  return PodWorkQuery{spec.demand->prometheus, spec.autoscaling.pod_deletion_cost->query};
}

Verdict VerdictOf(const prom::Failure& failure) {
  return Verdict::False(std::string(ToString(failure.reason)), failure.error.message);
}

Verdict NotOurs() {
  return Verdict::False(
      std::string(ToString(prom::Reason::kNoSeries)),
      "No series of spec.autoscaling.podDeletionCost.query has the name of one of the service's ready "
      "pods in its label pod: check the labels.");
}

Verdict VerdictOfWrite(const Error& error) {
  if (error.code == ErrorCode::kPermissionDenied) {
    return Verdict::False("Forbidden", "The operator needs the right to patch pods: " + error.message);
  }
  return Verdict::False("WriteFailed", "A pod cannot be annotated, it is tried again: " + error.message);
}

// A watch or a list tells of it too, but maybe after the next round.
void Note(const CostPatch& patch, ServiceRecord& record) {
  const auto found = record.pods.find(patch.pod);
  if (found == record.pods.end() || found->second->uid != patch.uid) return;
  auto annotated = std::make_shared<LivePod>(*found->second);
  annotated->deletion_cost = patch.cost;
  found->second = std::move(annotated);
}

}  // namespace

DeletionCosts::DeletionCosts(Loop& loop, kube::Client& client, prom::DemandSource& source, telemetry::Metrics& metrics,
                             const ClusterCache& cache, Records& records,
                             std::function<void(const kube::ObjectKey&)> updated)
    : loop_(loop),
      client_(client),
      source_(source),
      metrics_(metrics),
      cache_(cache),
      records_(records),
      updated_(std::move(updated)),
      places_(loop, kMostAtOnce) {}

Task<void> DeletionCosts::Write(std::stop_token stop) {
  std::vector<Task<void>> writers;
  for (const auto& [key, record] : records_) {
    const auto cached = cache_.services.Get(key);
    if (!cached || !cached->service.spec || cached->service.meta.deletion_timestamp) continue;
    if (IsDue(key, *cached->service.spec, *record)) writers.push_back(WriteOne(key, *record->pod_work, stop));
  }
  co_await WhenAll(std::move(writers));
}

bool DeletionCosts::IsDue(const kube::ObjectKey& service, const api::ServiceSpec& spec, ServiceRecord& record) {
  std::optional<PodWorkQuery> work = WorkQueryOf(spec);
  if (record.pod_work != work) {
    record.pod_work = std::move(work);
    record.pod_work_read_at.reset();
    record.deletion_costs = Verdict::Unknown("Pending", "Nothing is asked before a scale-down is possible.");
  }
  if (!record.pod_work) return false;
  if (const auto refusal = source_.CustomRefusal(record.pod_work->server)) {
    Report(service, VerdictOf(*refusal), record);
    return false;
  }
  if (record.pod_work_read_at && loop_.Now() - *record.pod_work_read_at < kInterval) return false;
  if (record.accepted.status != api::ConditionStatus::kTrue || !record.decision || !record.pods_known) return false;
  return MayChoosePods(spec.replicas, *record.decision, record.pods);
}

Task<void> DeletionCosts::WriteOne(kube::ObjectKey service, PodWorkQuery work, std::stop_token stop) {
  const Semaphore::Permit permit = co_await places_.Acquire();
  if (stop.stop_requested()) co_return;
  ServiceRecord* record = RecordOf(service, work);
  if (record == nullptr) co_return;
  record->pod_work_read_at = loop_.Now();
  auto query = api::ExpandQuery(work.query, service.ns, service.name);
  if (!query) {
    Report(service, VerdictOf(prom::MakeFailure(prom::Reason::kBadQuery, query.error().message)), *record);
    co_return;
  }
  const auto in_flight = co_await source_.FetchByPod(work.server, *std::move(query), stop);
  metrics_.CountPrometheusQuery(work.server, in_flight.ok() ? "Success" : ToString(in_flight.reason()));
  record = RecordOf(service, work);
  if (record == nullptr || stop.stop_requested()) co_return;
  if (!in_flight.ok()) {
    Report(service, VerdictOf(in_flight.failure()), *record);
    co_return;
  }
  CostPlan plan = PlanCosts(record->pods, *in_flight);
  if (!plan.any_known) {
    Report(service, NotOurs(), *record);
    co_return;
  }
  co_await WritePatches(std::move(service), std::move(work), std::move(plan), stop);
}

// One after the other, and none after one that failed: the next would fail the same way.
Task<void> DeletionCosts::WritePatches(kube::ObjectKey service, PodWorkQuery work, CostPlan plan,
                                       std::stop_token stop) {
  Verdict verdict = Verdict::True("Applied", "The deletion costs of the pods follow what each has in work.");
  for (const CostPatch& patch : plan.patches) {
    ServiceRecord* record = RecordOf(service, work);
    if (record == nullptr || stop.stop_requested()) co_return;
    // It may have gone since, or be on its way.
    const auto pod = record->pods.find(patch.pod);
    if (pod == record->pods.end() || pod->second->uid != patch.uid || pod->second->deleted) continue;
    kube::ObjectKey key{service.ns, patch.pod};
    kube::Json change;
    change["metadata"]["annotations"][kDeletionCostAnnotation] = std::to_string(patch.cost);
    const Result<kube::Json> written = co_await client_.MergePatch(kube::kPods, std::move(key), std::move(change));
    record = RecordOf(service, work);
    if (record == nullptr) co_return;
    if (written) {
      Note(patch, *record);
    } else if (written.error().code != ErrorCode::kNotFound) {
      verdict = VerdictOfWrite(written.error());
      break;
    }
  }
  if (ServiceRecord* const record = RecordOf(service, work)) Report(service, std::move(verdict), *record);
}

void DeletionCosts::Report(const kube::ObjectKey& service, Verdict verdict, ServiceRecord& record) const {
  const bool is_news = record.deletion_costs.status != verdict.status || record.deletion_costs.reason != verdict.reason;
  record.deletion_costs = std::move(verdict);
  if (!is_news) return;
  LogDebug("deletion costs", {{"service", service.ToString()}, {"reason", record.deletion_costs.reason}});
  updated_(service);
}

ServiceRecord* DeletionCosts::RecordOf(const kube::ObjectKey& service, const PodWorkQuery& work) const {
  const auto found = records_.find(service);
  return found == records_.end() || found->second->pod_work != work ? nullptr : found->second.get();
}

}  // namespace dso::controller
