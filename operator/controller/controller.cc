#include "controller/controller.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/async.h"
#include "base/log.h"
#include "controller/conflicts.h"
#include "controller/prepare.h"
#include "controller/service_figures.h"
#include "controller/service_view.h"
#include "render/objects.h"

namespace dso::controller {
namespace {

constexpr const char* kName = "deepseekservice";
// Everything is reconciled again this often, whatever the watches say.
constexpr milliseconds kResync = std::chrono::minutes(10);

bool SpecChanged(const CachedService& before, const CachedService& after) {
  return before.service.meta.generation != after.service.meta.generation ||
         before.service.meta.deletion_timestamp != after.service.meta.deletion_timestamp;
}

}  // namespace

Controller::Controller(Loop& loop, kube::Client& client, prom::DemandSource& source, telemetry::Metrics& metrics,
                       telemetry::Health& health, runtime::Leadership& leadership, rpc::Board& board,
                       ControllerOptions options)
    : loop_(loop),
      metrics_(metrics),
      health_(health),
      leadership_(leadership),
      board_(board),
      options_(std::move(options)),
      cache_(loop, client, options_.namespaces),
      events_(loop, client, options_.instance),
      queue_(loop),
      reconciler_(loop, client, cache_, records_, events_, leadership,
                  [this](const kube::ObjectKey& key) { queue_.Add(key); }),
      intake_(loop, source, metrics, health, cache_, records_, [this](const kube::ObjectKey& key) { LookAgain(key); }),
      pods_(loop, client, cache_, records_),
      backends_(loop, source, metrics, cache_, records_, [this](const kube::ObjectKey& key) { LookAgain(key); }),
      deletion_costs_(loop, client, source, metrics, cache_, records_,
                      [this](const kube::ObjectKey& key) { LookAgain(key); }),
      external_(loop, metrics, records_, options_.forecasters, [this](const kube::ObjectKey& key) { LookAgain(key); }),
      not_synced_yet_(options_.namespaces.begin(), options_.namespaces.end()) {
  if (not_synced_yet_.empty()) not_synced_yet_ = {""};
  ListenToCaches();
  queue_.Hold();
  leadership.OnChange([this](bool leads) { OnLeadership(leads); });
}

void Controller::ListenToCaches() {
  cache_.services.AddListener([this](const kube::ObjectKey& key, const auto& before, const auto& after) {
    // A poison object must not end the watch of the others.
    try {
      OnServiceChange(key, before.get(), after.get());
    } catch (const std::exception& e) {
      LogError("a changed service threw, this is a bug", {{"service", key.ToString()}, {"error", e.what()}});
    }
  });
  // A child that changed is a reason to look at its service: they have the same name.
  const auto look = [this](const kube::ObjectKey& key, const auto&, const auto&) {
    if (records_.contains(key)) queue_.Add(key);
  };
  cache_.deployments.AddListener(look);
  cache_.pool_config_maps.AddListener([this](const kube::ObjectKey& key, const auto& before, const auto& after) {
    const kube::ObjectKey service{key.ns, (after ? after : before)->service};
    if (records_.contains(service)) queue_.Add(service);
  });
  cache_.cluster_services.AddListener(look);
  cache_.autoscalers.AddListener([this, look](const kube::ObjectKey& key, const auto& before, const auto& after) {
    look(key, before, after);
    // Somebody's HPA on a target of ours is a conflict that comes, or one that goes.
    for (const auto& autoscaler : {before, after}) {
      if (!autoscaler) continue;
      for (const auto& service : cache_.ServicesOf(key.ns, {"", autoscaler->target_kind, autoscaler->target_name})) {
        queue_.Add(service);
      }
    }
  });
  cache_.disruption_budgets.AddListener(
      [this, look](const kube::ObjectKey& key, const auto& before, const auto& after) {
        look(key, before, after);
        // Somebody's budget may select pods of any service of the namespace.
        if (before && after && before->selector == after->selector) return;
        for (const auto& [service, record] : records_) {
          if (service.ns == key.ns && record->disruption_budget) queue_.Add(service);
        }
      });
  cache_.OnStateChange([this] { ReportCaches(); });
}

void Controller::OnServiceChange(const kube::ObjectKey& key, const CachedService* before, const CachedService* after) {
  if (before != nullptr && (after == nullptr || SpecChanged(*before, *after))) LookAtSharers(key, *before);
  if (after == nullptr) {
    records_.erase(key);
    events_.Forget(before->uid);
    queue_.Forget(key);
    metrics_.RemoveService(key.ns, key.name);
    board_.Remove(key.ns, key.name);
    // Whoever wanted the same target may have it now.
    if (before->service.spec) {
      for (const auto& rival : cache_.ServicesOf(key.ns, render::ScaleTarget(before->service))) queue_.Add(rival);
    }
    return;
  }
  auto& record = records_[key];
  if (record == nullptr) {
    record = std::make_shared<ServiceRecord>(ServiceRecord::Remembered(after->service.status));
    record->first_seen_at = loop_.Now();
    record->sync_period = options_.sync_period;
    pods_.Begin(key, *record);
  }
  // Before the pods are listed it would look as if there were none; BeginNamespace makes up for it.
  if (after->service.spec && cache_.HasSynced(key.ns)) Prepare(*after, {loop_.Now(), loop_.WallNow()}, *record);
  if (!leadership_.Leads()) ReportService(key);
  // Our own status writes come back through the watch; they are no reason to look again.
  if (before == nullptr || SpecChanged(*before, *after)) queue_.Add(key);
}

// Whoever shares a backend with what the service was may have more of it now.
void Controller::LookAtSharers(const kube::ObjectKey& key, const CachedService& before) {
  if (!before.service.spec) return;
  for (const api::ConnectionPool& pool : before.service.spec->connection_pools) {
    for (const auto& sharer : cache_.ServicesWithBackend(key.ns, pool.backend.name)) queue_.Add(sharer);
  }
}

void Controller::ReportCaches() {
  const std::string error = cache_.LastError();
  const bool ready = cache_.HasSynced() && error.empty();
  health_.SetReady(kCachesCheck, ready, error.empty() ? "the first lists are being read" : error);
  std::vector<std::string> synced;
  std::copy_if(not_synced_yet_.begin(), not_synced_yet_.end(), std::back_inserter(synced),
               [this](const std::string& ns) { return cache_.HasSynced(ns); });
  for (const std::string& ns : synced) {
    not_synced_yet_.erase(ns);
    BeginNamespace(ns);
  }
  if (on_synced_ && not_synced_yet_.empty()) std::exchange(on_synced_, nullptr)();
}

// Nothing is decided on half a picture: a child that is not listed yet would look as if it were missing. One namespace
// that cannot be read, because it is not there yet or its Role is gone, keeps nobody else's services from their floor.
void Controller::BeginNamespace(const std::string& ns) {
  std::vector<kube::ObjectKey> services;
  for (const auto& [key, record] : records_) {
    if (!ns.empty() && key.ns != ns) continue;
    record->first_seen_at = loop_.Now();
    services.push_back(key);
    const auto cached = cache_.services.Get(key);
    if (!cached || !cached->service.spec) continue;
    try {
      Prepare(*cached, {loop_.Now(), loop_.WallNow()}, *record);
    } catch (const std::exception& e) {
      LogError("a service threw, this is a bug", {{"service", key.ToString()}, {"error", e.what()}});
    }
  }
  for (const kube::ObjectKey& key : services) {
    ReportService(key);
    queue_.Add(key);
  }
  a_namespace_synced_.Set(true);
}

Task<void> Controller::Run(std::stop_token stop) {
  std::vector<Task<void>> parts;
  parts.push_back(cache_.Run(stop));
  parts.push_back(WorkOnceSynced(stop));
  parts.push_back(ShutDownOn(stop));
  co_await WhenAll(std::move(parts));
  co_await intake_.Drain();
  co_await external_.Drain();
  co_await events_.Drain();
}

void Controller::OnLeadership(bool leads) {
  if (!options_.lease.empty()) metrics_.SetLeading(options_.lease, leads);
  metrics_.SetQueueDepth(kName, 0);
  if (!leads) {
    queue_.Hold();
    for (const auto& [key, record] : records_) record->StandBy();
    return;
  }
  for (const auto& [key, record] : records_) {
    record->first_seen_at = loop_.Now();
    if (const auto cached = cache_.services.Get(key)) record->TakeOver(cached->service.status);
    queue_.Add(key);
  }
  queue_.Resume();
}

Task<void> Controller::WorkOnceSynced(std::stop_token stop) {
  co_await a_namespace_synced_;
  std::vector<Task<void>> parts;
  parts.push_back(SyncPeriodically(stop));
  parts.push_back(Periodically(
      "reading pods", [this, stop] { return pods_.ReadAdopted(stop); }, stop));
  parts.push_back(Periodically(
      "reading backends", [this, stop] { return backends_.Read(stop); }, stop));
  parts.push_back(Periodically(
      "writing deletion costs", [this, stop] { return WriteDeletionCosts(stop); }, stop));
  parts.push_back(Periodically(
      "asking forecasters", [this, stop] { return AskForecasters(stop); }, stop));
  for (int i = 0; i < options_.max_concurrent_reconciles; ++i) parts.push_back(Work());
  co_await WhenAll(std::move(parts));
}

Task<void> Controller::ShutDownOn(std::stop_token stop) {
  const Deferred<bool> stopped;
  const std::stop_callback on_stop(stop, [this, stopped] { loop_.Post([stopped] { stopped.Set(true); }); });
  co_await stopped;
  reconciler_.Stop();
  queue_.ShutDown();
  a_namespace_synced_.Set(false);  // for the case that none ever was
}

Task<void> Controller::Work() {
  while (true) {
    std::optional<runtime::WorkQueue::Item> item = co_await queue_.Get();
    if (!item) co_return;
    if (!cache_.HasSynced(item->key.ns)) {
      queue_.Done(item->key);  // BeginNamespace adds it again
      continue;
    }
    co_await ProcessOne(*std::move(item));
  }
}

Task<void> Controller::ProcessOne(runtime::WorkQueue::Item item) {
  const SteadyTime began = loop_.Now();
  metrics_.ObserveQueueWait(kName, item.waited);
  auto result = telemetry::ReconcileResult::kSuccess;
  try {
    Result<std::optional<milliseconds>> outcome = co_await reconciler_.Reconcile(item.key);
    if (!outcome && !leadership_.Leads()) {
      // Refused by the fence; whoever leads now looks at everything.
      result = telemetry::ReconcileResult::kRequeue;
      queue_.Forget(item.key);
    } else if (!outcome) {
      result = telemetry::ReconcileResult::kError;
      const Error& error = outcome.error();
      if (error.code == ErrorCode::kConflict) {
        result = telemetry::ReconcileResult::kRequeue;
        LogDebug("overtaken by another write", {{"service", item.key.ToString()}, {"error", error.message}});
      } else {
        LogWarning("reconcile failed, trying again", {{"service", item.key.ToString()}, {"error", error.message}});
      }
      queue_.Retry(item.key, error.retry_after.value_or(milliseconds(0)));
    } else {
      queue_.Forget(item.key);
      if (*outcome) {
        result = telemetry::ReconcileResult::kRequeueAfter;
        queue_.AddAfter(item.key, **outcome);
      }
    }
  } catch (const std::exception& e) {
    // A poison object must not take the others down.
    result = telemetry::ReconcileResult::kError;
    LogError("reconcile threw, this is a bug", {{"service", item.key.ToString()}, {"error", e.what()}});
    queue_.Retry(item.key);
  }
  queue_.Done(item.key);
  ReportService(item.key);
  metrics_.ObserveReconcile(kName, result, loop_.Now() - began);
  metrics_.SetQueueDepth(kName, queue_.Depth());
  for (; counted_adds_ < queue_.Adds(); ++counted_adds_) metrics_.CountQueueAdd(kName);
}

Task<void> Controller::WriteDeletionCosts(std::stop_token stop) {
  if (leadership_.Leads()) co_await deletion_costs_.Write(stop);
}

Task<void> Controller::AskForecasters(std::stop_token stop) {
  external_.Ask(stop);
  co_return;
}

Task<void> Controller::SyncPeriodically(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const SteadyTime began = loop_.Now();
    try {
      co_await intake_.ReadDemand(stop);
      intake_.StartHistories(stop);
    } catch (const std::exception& e) {
      LogError("reading the demand threw, this is a bug", {{"error", e.what()}});
    }
    for (const auto& [key, record] : records_) {
      if (loop_.Now() - record->reconciled_at > kResync) queue_.Add(key);
    }
    const auto took = std::chrono::duration_cast<milliseconds>(loop_.Now() - began);
    co_await Sleep(loop_, std::max(options_.sync_period - took, milliseconds(0)), stop);
  }
}

Task<void> Controller::Periodically(std::string name, std::function<Task<void>()> work, std::stop_token stop) {
  while (!stop.stop_requested()) {
    try {
      co_await work();
    } catch (const std::exception& e) {
      LogError(name + " threw, this is a bug", {{"error", e.what()}});
    }
    co_await Sleep(loop_, options_.sync_period, stop);
  }
}

void Controller::LookAgain(const kube::ObjectKey& key) {
  if (!cache_.HasSynced(key.ns)) return;
  try {
    if (reconciler_.LookAgain(key)) queue_.Add(key);
    ReportService(key);
  } catch (const std::exception& e) {
    // A poison object must not take the others down.
    LogError("a decision threw, this is a bug", {{"service", key.ToString()}, {"error", e.what()}});
  }
}

void Controller::ReportService(const kube::ObjectKey& key) {
  const auto known = records_.find(key);
  const auto cached = cache_.services.Get(key);
  if (known == records_.end() || !cached) return;
  const ServiceRecord& record = *known->second;
  const WallTime now = loop_.WallNow();
  const bool leads = leadership_.Leads();
  // Who stands by applies nothing: what has become of that, whoever leads has written.
  std::shared_ptr<const api::ServiceStatus> status(cached, &cached->service.status);
  if (leads && record.reported) status = record.reported;
  metrics_.SetService(key.ns, key.name, ServiceFiguresOf(*cached, record, *status, now));
  board_.Publish(
      std::make_shared<const rpc::ServiceView>(ServiceViewOf(*cached, record, std::move(status), leads, now)));
}

Result<rpc::ForecastPath> Controller::Forecast(const std::string& ns, const std::string& name,
                                               rpc::PathQuery query) const {
  const kube::ObjectKey key{ns, name};
  const auto known = records_.find(key);
  const auto cached = cache_.services.Get(key);
  if (known == records_.end() || !cached) return Error{ErrorCode::kNotFound, "no such service"};
  return ForecastPathOf(*cached, *known->second, std::move(query), loop_.WallNow());
}

}  // namespace dso::controller
