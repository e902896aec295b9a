#include "decide/pool_plan.h"

#include <algorithm>

namespace dso::decide {
namespace {

// A size grows by at least a quarter of itself: less is not worth the replacement of every pod.
int WorthwhileGrowth(int size) { return (size + 3) / 4; }

capacity::PoolLimits LimitsOf(const api::ConnectionPool& pool) {
  return {pool.per_replica.min, pool.per_replica.max, pool.processes_per_replica};
}

// The most that a replica may ever have had, for all that is known.
int MostEver(const api::ConnectionPool& pool) {
  return std::max(pool.per_replica.max, capacity::LeastConnections(LimitsOf(pool)));
}

// Of a replica whose processes have these sizes; nothing if they do not say.
std::optional<int> PerReplica(const api::ConnectionPool& pool, const PoolSizes& sizes) {
  const auto found = sizes.find(pool.name);
  return found == sizes.end() ? std::nullopt : std::optional(found->second * pool.processes_per_replica);
}

// Of any pod that is there or may come from the template as it is.
int Largest(const api::ConnectionPool& pool, const PoolsInForce& in_force) {
  int largest = in_force.unsized_pods ? MostEver(pool) : 0;
  const auto note = [&](const PoolSizes& sizes) {
    largest = std::max(largest, PerReplica(pool, sizes).value_or(MostEver(pool)));
  };
  if (in_force.in_template) note(*in_force.in_template);
  std::for_each(in_force.with_pods.begin(), in_force.with_pods.end(), note);
  return largest;
}

int64_t PodsAtWorst(const PoolTerms& terms, int replicas) {
  return capacity::PodsAtWorst(terms.rollout, replicas, terms.seen_waves).Total();
}

// The most replicas whose pods at worst have no more than `connections`, `per_replica` each.
int MostWithin(const PoolTerms& terms, int64_t connections, int per_replica) {
  if (per_replica == 0) return terms.most_replicas;
  return capacity::MostReplicasWithin(terms.rollout, std::max<int64_t>(connections, 0) / per_replica, terms.seen_waves,
                                      terms.most_replicas);
}

// What the autoscaler may ask for, or what is there already.
int ReplicasInForce(const PoolsInForce& in_force) {
  return std::max(in_force.max_replicas.value_or(0), in_force.replicas);
}

int64_t Room(const PoolBudget& budget) { return std::min(budget.granted, budget.free); }

// The steps of one plan.
class Planner {
 public:
  Planner(const PoolTerms& terms, const PoolsInForce& in_force, std::span<const PoolBudget> budgets)
      : terms_(terms), in_force_(in_force), budgets_(budgets) {}

  PoolPlan Plan(int lowest_maximum) {
    FitReplicas();
    ChooseSizes();
    ChooseMaximum(lowest_maximum);
    return std::move(plan_);
  }

 private:
  void FitReplicas() {
    plan_.fitting_replicas = terms_.most_replicas;
    for (size_t i = 0; i < terms_.pools.size(); ++i) {
      const capacity::PoolLimits limits = LimitsOf(terms_.pools[i]);
      PoolFigures figures;
      figures.useful = capacity::UsefulConnections(limits, terms_.requests_per_second, terms_.pools[i].hold_time);
      figures.least = capacity::LeastConnections(limits);
      figures.granted = budgets_[i].granted;
      const int fitting = MostWithin(terms_, figures.granted, figures.least);
      if (fitting < plan_.fitting_replicas) {
        plan_.fitting_replicas = fitting;
        plan_.tightest = i;
      }
      plan_.pools.push_back(figures);
    }
    // One replica is there whatever happens: an HPA has no maximum of 0.
    plan_.at_worst = capacity::PodsAtWorst(terms_.rollout, std::max(plan_.fitting_replicas, 1), terms_.seen_waves);
  }

  // 0 if not even the least fits.
  int Fitting(size_t i, int64_t connections, int64_t pods) const {
    return capacity::FittingConnections(LimitsOf(terms_.pools[i]), plan_.pools[i].useful,
                                        std::max<int64_t>(connections, 0), pods);
  }

  int Target(size_t i) const {
    return std::max(Fitting(i, plan_.pools[i].granted, plan_.at_worst.Total()), plan_.pools[i].least);
  }

  // What a size of `current` may grow to now: beside the pods that are there, or that the autoscaler may yet ask for.
  int GrownNow(size_t i, int current) const {
    const int64_t there = int64_t{in_force_.replicas} + in_force_.terminating;
    const int64_t pods = std::max({plan_.at_worst.Total(), PodsAtWorst(terms_, ReplicasInForce(in_force_)), there});
    return std::max(current, std::min(Target(i), Fitting(i, Room(budgets_[i]), pods)));
  }

  std::optional<int> Current(size_t i) const {
    return in_force_.in_template ? PerReplica(terms_.pools[i], *in_force_.in_template) : std::nullopt;
  }

  bool IsWorthReplacing(size_t i) const {
    const auto current = Current(i);
    if (!current) return true;
    const PoolFigures& figures = plan_.pools[i];
    const bool fits = *current * plan_.at_worst.Total() <= figures.granted || *current <= figures.least;
    if (!fits || *current > MostEver(terms_.pools[i])) return true;
    const int grown = GrownNow(i, *current);
    return *current < figures.least ? grown >= figures.least : grown - *current >= WorthwhileGrowth(*current);
  }

  void ChooseSizes() {
    bool replace = in_force_.in_template && in_force_.in_template->size() != terms_.pools.size();
    for (size_t i = 0; i < terms_.pools.size(); ++i) replace = replace || IsWorthReplacing(i);
    for (size_t i = 0; i < terms_.pools.size(); ++i) {
      const auto current = Current(i);
      int& per_replica = plan_.pools[i].per_replica;
      per_replica = Target(i);
      if (current && (!replace || per_replica > *current)) {
        per_replica = replace ? GrownNow(i, *current) : *current;
      }
      plan_.sizes[terms_.pools[i].name] = capacity::PerProcess(LimitsOf(terms_.pools[i]), per_replica);
    }
  }

  void ChooseMaximum(int lowest_maximum) {
    // A pool that is to have more waits for the replicas to be fewer.
    int fitting_now = plan_.fitting_replicas;
    bool replacing = false;
    for (size_t i = 0; i < terms_.pools.size(); ++i) {
      const int wanted = plan_.pools[i].per_replica;
      const int largest = std::max(Largest(terms_.pools[i], in_force_), wanted);
      fitting_now = std::min(fitting_now, MostWithin(terms_, Room(budgets_[i]), largest));
      replacing = replacing || largest > wanted;
    }
    const int standing = std::min(in_force_.max_replicas.value_or(terms_.most_replicas), terms_.most_replicas);
    const int present = std::clamp(in_force_.replicas, 1, std::max(standing, 1));
    plan_.max_replicas = std::max(fitting_now, 1);
    if (fitting_now < present) {
      // Nobody is turned out for a size that is about to be smaller.
      plan_.max_replicas = replacing ? present : std::max(plan_.max_replicas, std::min(present, lowest_maximum));
    }
    using Step = PoolPlan::Step;
    const int wanted = std::max(plan_.fitting_replicas, 1);
    if (plan_.max_replicas == wanted) return;
    plan_.step = replacing ? Step::kReplacing : plan_.max_replicas < wanted ? Step::kWaiting : Step::kLowering;
  }

  const PoolTerms& terms_;
  const PoolsInForce& in_force_;
  std::span<const PoolBudget> budgets_;
  PoolPlan plan_{};
};

}  // namespace

std::vector<capacity::Claim> ClaimsOf(const PoolTerms& terms, const PoolsInForce& in_force) {
  const int64_t pods = PodsAtWorst(terms, terms.most_replicas);
  std::vector<capacity::Claim> claims;
  for (const api::ConnectionPool& pool : terms.pools) {
    const capacity::PoolLimits limits = LimitsOf(pool);
    capacity::Claim claim{.max_connections = pool.backend.max_connections,
                          .reserved = pool.backend.reserved,
                          .share_percent = pool.backend.share_percent,
                          .least = pods * capacity::LeastConnections(limits),
                          .useful = 0};
    const int useful = capacity::UsefulConnections(limits, terms.requests_per_second, pool.hold_time);
    const auto current = in_force.in_template ? PerReplica(pool, *in_force.in_template) : std::nullopt;
    claim.useful = pods * std::max(useful, std::min(current.value_or(0), MostEver(pool)));
    claims.push_back(claim);
  }
  return claims;
}

std::vector<int64_t> HeldAtWorst(const PoolTerms& terms, const PoolsInForce& in_force) {
  const int64_t pods =
      std::max(PodsAtWorst(terms, ReplicasInForce(in_force)), int64_t{in_force.replicas} + in_force.terminating);
  std::vector<int64_t> held;
  for (const api::ConnectionPool& pool : terms.pools) held.push_back(pods * Largest(pool, in_force));
  return held;
}

PoolPlan PlanPools(const PoolTerms& terms, const PoolsInForce& in_force, std::span<const PoolBudget> budgets,
                   int lowest_maximum) {
  return Planner(terms, in_force, budgets).Plan(lowest_maximum);
}

}  // namespace dso::decide
