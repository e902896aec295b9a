// The connection pools of one service, as they are and as it asks for them. Loop thread only.
#pragma once

#include <vector>

#include "controller/cluster_cache.h"
#include "controller/service_record.h"
#include "decide/pool_plan.h"

namespace dso::controller {

struct PoolView {
  PoolView() = default;
  PoolView(PoolView&&) = default;  // `terms` refers to `pools`
  PoolView& operator=(PoolView&&) = delete;

  std::vector<api::ConnectionPool> pools;  // of the spec; a server that accepts fewer connections says how many
  decide::PoolTerms terms{};               // of `pools`
  decide::PoolsInForce in_force{};
  bool known = false;  // how the workload replaces its pods: a target may have to be read first
};

// Precondition: the service has a spec.
PoolView ViewOf(const ClusterCache& cache, const CachedService& cached, const ServiceRecord& record);

// Brings the rollout, and the waves of it that were seen, up to date in record.pools.
void NoteRollout(const ClusterCache& cache, const CachedService& cached, SteadyTime now, ServiceRecord& record);
// And the rate of a replica at its limit.
void NoteRate(const CachedService& cached, SteadyTime now, ServiceRecord& record);

// By pool. What the last plan asks for counts as if it were there: it may be by the time that others look.
std::vector<decide::BackendUser> UsersOf(const PoolView& view, const ServiceRecord& record);

// Something moves that no watch may tell of. What waits for a person, or for another service, does not.
bool IsInTransition(const PoolView& view, const decide::PoolPlan& plan);

}  // namespace dso::controller
