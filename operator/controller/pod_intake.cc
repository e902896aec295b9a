#include "controller/pod_intake.h"

#include <ranges>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/log.h"

namespace dso::controller {
namespace {

using nlohmann::literals::operator""_json_pointer;

constexpr milliseconds kSettledInterval = std::chrono::minutes(1);
constexpr milliseconds kBusyInterval = seconds(15);
// A list of pods is large; the API server has others to serve.
constexpr int kMostAtOnce = 4;

using Pods = std::unordered_map<std::string, std::shared_ptr<const LivePod>>;

const LivePod* Find(const Pods& pods, const std::string& name) {
  const auto found = pods.find(name);
  return found == pods.end() ? nullptr : found->second.get();
}

// As a watch would have told it. A reading may come before the next look: the count is of these pods at once.
void Replace(Pods now, WallTime at, ServiceRecord& record) {
  for (const auto& [name, pod] : record.pods) {
    const LivePod* const after = Find(now, name);
    if (after == nullptr || after->uid != pod->uid) Learn(record.start_up, pod.get(), nullptr, at);
  }
  for (const auto& [name, pod] : now) Learn(record.start_up, Find(record.pods, name), pod.get(), at);
  record.pods = std::move(now);
  record.pods_known = true;
  record.health = HealthOf(std::views::values(record.pods), record.start_up_estimate.p90, at);
}

}  // namespace

PodIntake::PodIntake(Loop& loop, kube::Client& client, ClusterCache& cache, Records& records)
    : loop_(loop),
      client_(client),
      cache_(cache),
      records_(records),
      discovery_(loop, client),
      places_(loop, kMostAtOnce) {
  cache.pods.AddListener([this](const kube::ObjectKey& key, const auto& before, const auto& after) {
    const kube::ObjectKey service{key.ns, (after ? after : before)->service};
    const auto record = records_.find(service);
    if (record == records_.end()) return;
    Learn(record->second->start_up, before.get(), after.get(), loop_.WallNow());
    if (after) {
      record->second->pods[key.name] = after;
    } else {
      record->second->pods.erase(key.name);
    }
  });
}

void PodIntake::Begin(const kube::ObjectKey& service, ServiceRecord& record) const {
  for (const kube::ObjectKey& key : cache_.PodsOf(service)) {
    auto pod = cache_.pods.Get(key);
    Learn(record.start_up, nullptr, pod.get(), loop_.WallNow());
    record.pods[key.name] = std::move(pod);
  }
}

Task<void> PodIntake::ReadAdopted(std::stop_token stop) {
  std::vector<Task<void>> questions;
  for (const auto& [key, record] : records_) {
    const auto cached = cache_.services.Get(key);
    if (!cached || !cached->service.spec) continue;
    const auto* const target = std::get_if<api::TargetRef>(&cached->service.spec->workload);
    if (target == nullptr) continue;
    const bool busy = record->health.unready > 0 || record->pools.in_transition;
    const milliseconds interval = busy ? kBusyInterval : kSettledInterval;
    if (record->pods_known && loop_.Now() - record->pods_read_at < interval) continue;
    questions.push_back(ReadOne(key, *target, stop));
  }
  co_await WhenAll(std::move(questions));
}

Task<void> PodIntake::ReadOne(kube::ObjectKey service, api::TargetRef target, std::stop_token stop) {
  const Semaphore::Permit permit = co_await places_.Acquire();
  if (stop.stop_requested()) co_return;
  const Result<kube::Discovery::Scalable> resource = co_await discovery_.Resolve(target.api_version, target.kind);
  if (!resource || !resource->has_scale) co_return;  // the reconciler says so
  kube::ObjectKey target_key{service.ns, target.name};
  const Result<kube::Json> scale = co_await client_.Get(resource->type, target_key, "scale");
  if (!scale) co_return;
  const std::string selector = kube::StringAt(*scale, "/status/selector"_json_pointer);
  if (selector.empty()) co_return;  // a kind that does not tell: its pods stay unknown

  Pods pods;
  const kube::Selection selection{.ns = service.ns, .label_selector = selector, .field_selector = {}};
  std::string page;
  do {
    Result<kube::ListPage> listed = co_await client_.List(kube::kPods, selection, page, stop);
    if (!listed) {
      LogDebug("cannot list the pods of a target",
               {{"service", service.ToString()}, {"error", listed.error().message}});
      co_return;
    }
    for (const kube::Json& item : listed->items) {
      if (auto pod = LivePod::FromJson(item)) {
        pods[kube::KeyOf(item).name] = std::make_shared<const LivePod>(*std::move(pod));
      }
    }
    page = listed->continue_token;
  } while (!page.empty());

  const auto record = records_.find(service);
  // The spec may name another target by now.
  if (record == records_.end() || record->second->pods_of != target) co_return;
  record->second->pods_read_at = loop_.Now();
  Replace(std::move(pods), loop_.WallNow(), *record->second);
}

}  // namespace dso::controller
