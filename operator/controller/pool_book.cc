#include "controller/pool_book.h"

#include <algorithm>
#include <set>
#include <utility>

namespace dso::controller {

namespace {

// A service that is new to this process has been read by then, its target included.
constexpr milliseconds kReadSoon = std::chrono::minutes(1);

// What a service whose spec cannot be read any more was told to have: no more and no less.
void AddRemembered(const api::ServiceStatus& status, const std::string& backend,
                   std::vector<decide::BackendUser>& users) {
  const capacity::Claim limits = users.front().claim;
  for (const api::PoolStatus& pool : status.connection_pools) {
    if (pool.backend != backend) continue;
    decide::BackendUser user;
    user.claim.max_connections = limits.max_connections;
    user.claim.reserved = limits.reserved;
    user.claim.least = user.claim.useful = user.held = pool.worst_case_total;
    users.push_back(user);
  }
}

}  // namespace

PoolBook::PoolBook(Loop& loop, const ClusterCache& cache, const Records& records,
                   std::function<void(const kube::ObjectKey&)> wake)
    : loop_(loop), cache_(cache), records_(records), wake_(std::move(wake)) {}

void PoolBook::Plan(const CachedService& cached, ServiceRecord& record) {
  const api::ServiceSpec& spec = *cached.service.spec;
  PoolRecord& pools = record.pools;
  if (spec.connection_pools.empty()) {
    if (pools.plan) pools = PoolRecord();
    return;
  }
  const kube::ObjectKey key{cached.service.meta.namespace_name, cached.service.meta.name};
  // What an exporter has said counts as long as it is named.
  std::erase_if(pools.backends, [&spec](const auto& figures) {
    return std::none_of(
        spec.connection_pools.begin(), spec.connection_pools.end(),
        [&](const api::ConnectionPool& pool) { return pool.backend.exporter && pool.backend.name == figures.first; });
  });
  const SteadyTime now = loop_.Now();
  NoteRollout(cache_, cached, now, record);
  NoteRate(cached, now, record);
  const PoolView view = ViewOf(cache_, cached, record);
  Shares shares = SharesOf(key, view, record);
  // What is in force was planned with the others; as long as they are not known, it stays.
  if (view.known && (shares.all_known || !view.in_force.in_template)) {
    std::vector<decide::PoolBudget> budgets;
    for (const PoolShare& share : shares.by_pool) budgets.push_back(share.budget);
    // Without those that a rollout adds.
    pools.replicas.Note(now, std::min(view.in_force.replicas, view.in_force.max_replicas.value_or(1)));
    pools.plan =
        decide::PlanPools(view.terms, view.in_force, budgets, pools.replicas.Lowest(now, spec.prediction.max_release));
    pools.planned_for = spec.connection_pools;
    pools.most_replicas = view.terms.most_replicas;
    pools.shares = std::move(shares.by_pool);
    pools.in_transition = IsInTransition(view, *pools.plan);
    pools.in_template = view.in_force.in_template;
  }
  Tell(key, spec, UsersOf(view, record), record);
}

PoolBook::Shares PoolBook::SharesOf(const kube::ObjectKey& service, const PoolView& view,
                                    const ServiceRecord& record) const {
  const std::vector<decide::BackendUser> own = UsersOf(view, record);
  Shares shares{.by_pool = std::vector<PoolShare>(view.pools.size()), .all_known = true};
  std::set<std::string> backends;
  for (const api::ConnectionPool& pool : view.pools) backends.insert(pool.backend.name);
  for (const std::string& backend : backends) ShareBackend(service, backend, view, own, shares);
  return shares;
}

// `own`: by pool.
void PoolBook::ShareBackend(const kube::ObjectKey& service, const std::string& backend, const PoolView& view,
                            const std::vector<decide::BackendUser>& own, Shares& shares) const {
  std::vector<decide::BackendUser> users;
  const auto add = [&](const PoolView& of, const std::vector<decide::BackendUser>& by_pool) {
    for (size_t i = 0; i < of.pools.size(); ++i) {
      if (of.pools[i].backend.name == backend) users.push_back(by_pool[i]);
    }
  };
  add(view, own);                          // the first
  std::set<std::pair<int, int>> declared;  // maxConnections and reserved
  std::vector<std::string> others;
  for (const kube::ObjectKey& other : cache_.ServicesWithBackend(service.ns, backend)) {
    const auto cached = cache_.services.Get(other);
    const auto record = records_.find(other);
    if (!cached || record == records_.end()) continue;
    if (!cached->service.spec) {
      others.push_back(other.name);
      AddRemembered(cached->service.status, backend, users);
      continue;
    }
    for (const api::ConnectionPool& pool : cached->service.spec->connection_pools) {
      if (pool.backend.name == backend) declared.insert({pool.backend.max_connections, pool.backend.reserved});
    }
    if (other == service) continue;
    others.push_back(other.name);
    // After a start its own turn may be yet to come.
    NoteRollout(cache_, *cached, loop_.Now(), *record->second);
    const PoolView theirs = ViewOf(cache_, *cached, *record->second);
    // Soon, or not before a person acts.
    const bool will_be_known = loop_.Now() - record->second->first_seen_at < kReadSoon;
    shares.all_known = shares.all_known && (theirs.known || !will_be_known);
    add(theirs, UsersOf(theirs, *record->second));
  }
  const decide::BackendPlan plan = decide::PlanBackend(users);
  size_t user = 0;
  for (size_t i = 0; i < view.pools.size(); ++i) {
    if (view.pools[i].backend.name != backend) continue;
    shares.by_pool[i] = {.budget = plan.budgets[user++],
                         .limit = plan.sharing.limit,
                         .limits_differ = declared.size() > 1,
                         .held = plan.held,
                         .shares_percent = plan.sharing.shares_percent,
                         .others = others};
  }
}

// Nobody is woken twice for the same: what the others are told ends in what they plan, and that is settled soon.
void PoolBook::Tell(const kube::ObjectKey& service, const api::ServiceSpec& spec,
                    std::vector<decide::BackendUser> users, ServiceRecord& record) const {
  if (users == record.pools.told) return;
  record.pools.told = std::move(users);
  for (const api::ConnectionPool& pool : spec.connection_pools) {
    for (const kube::ObjectKey& other : cache_.ServicesWithBackend(service.ns, pool.backend.name)) {
      if (other != service) wake_(other);
    }
  }
}

}  // namespace dso::controller
