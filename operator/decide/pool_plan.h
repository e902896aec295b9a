// How many connections every pod of a service may open, and how many replicas that leaves room for. Pure, thread-safe.
//
// What holds at every moment: the largest size that a pod may have, times the pods at worst for the maximum that the
// autoscaler carries (capacity/rollout.h), is within what the backend grants. So the steps have an order:
//
//   sizes shrink     at once: the pods are replaced under the old maximum, for which the old size was made
//   maximum rises    once no pod has the old size any more
//   maximum falls    if it is lowered in the spec: at once. If the backend leaves no room: no further scale-out at
//                    once; below the replicas that are there only after sizes have shrunk, at the pace of a release,
//                    and never because others hold more than what is theirs
//   sizes grow       once the autoscaler carries the lower maximum and the pods beyond it are gone
//
// New sizes replace every pod, so they change only if the worst case does not fit, or by a quarter or more; when they
// change, all pools take what is best for them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/spec.h"
#include "capacity/connection_pools.h"
#include "capacity/rollout.h"
#include "decide/backend_plan.h"

namespace dso::decide {

// Connections of a replica, all of its processes together, by the pool's name.
using PoolSizes = std::map<std::string, int>;

// What a service asks for, whatever its pods have now.
struct PoolTerms {
  std::span<const api::ConnectionPool> pools;  // at least one
  capacity::Rollout rollout{};
  int seen_waves = 0;     // capacity::WavesTerminating, the most that was seen
  int most_replicas = 1;  // that are declared: replicas.max, or the maximum of an adopted autoscaler
  std::optional<double> requests_per_second{};  // of a replica at its limit
};

// What there is of it.
struct PoolsInForce {
  std::optional<PoolSizes> in_template;  // absent: new pods get no sizes
  std::optional<PoolSizes> proposed;     // to whoever may give them to the template, and has not yet
  std::vector<PoolSizes> with_pods;      // that pods have which are there, those on their way out included
  bool unsized_pods = false;             // pods are there whose sizes are unknown
  int replicas = 0;                      // not on their way out
  int terminating = 0;
  std::optional<int> max_replicas;  // that the autoscaler carries; absent: there is none
};

// Connections of one replica, each a multiple of processesPerReplica, and what all pods together are granted.
struct PoolFigures {
  int per_replica = 0;  // that the pod template is to have
  int useful = 0;
  int least = 0;
  int64_t granted = 0;
};

struct PoolPlan {
  enum class Step {
    kDone,       // maximum and sizes are what they are to be
    kReplacing,  // pods with larger sizes are there still, or are to be
    kDraining,   // more pods than a rollout replaces are on their way out
    kWaiting,    // others hold more than what is theirs
    kLowering,   // the maximum comes down
  };
  PoolSizes sizes;           // for the pod template
  int max_replicas = 1;      // that the autoscaler is to carry now; >= 1
  int fitting_replicas = 0;  // that there is room for when all steps are done; <= most_replicas
  Step step = Step::kDone;
  bool replacing = false;            // pods with larger sizes are there, or sizes that are not known
  size_t tightest = 0;               // the pool that leaves the least room
  capacity::WorstCasePods at_worst;  // for the fitting replicas; for one if none fits
  std::vector<PoolFigures> pools;    // in the order of the spec
};

// By pool. What the template has counts as useful: that less would do is no reason to replace pods.
std::vector<capacity::Claim> ClaimsOf(const PoolTerms& terms, const PoolsInForce& in_force);

// Connections that the pods may come to hold by pool, while the autoscaler carries what it does.
std::vector<int64_t> HeldAtWorst(const PoolTerms& terms, const PoolsInForce& in_force);

// `budgets` by pool. `lowest_maximum`: below it the maximum may not fall now while replicas are there (the pace of a
// release).
PoolPlan PlanPools(const PoolTerms& terms, const PoolsInForce& in_force, std::span<const PoolBudget> budgets,
                   int lowest_maximum);

}  // namespace dso::decide
