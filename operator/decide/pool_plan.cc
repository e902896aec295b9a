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

std::optional<int> SizeOf(const api::ConnectionPool& pool, const PoolSizes& sizes) {
  const auto found = sizes.find(pool.name);
  return found == sizes.end() ? std::nullopt : std::optional(found->second);
}

// Of any pod that is there or may come from the template as it is.
int Largest(const api::ConnectionPool& pool, const PoolsInForce& in_force) {
  int largest = in_force.unsized_pods ? MostEver(pool) : 0;
  const auto note = [&](const PoolSizes& sizes) {
    largest = std::max(largest, SizeOf(pool, sizes).value_or(MostEver(pool)));
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

  // Pods that are there, or may come to be with so many replicas.
  int64_t PodsNow(int replicas) const {
    return std::max(PodsAtWorst(terms_, replicas), int64_t{in_force_.replicas} + in_force_.terminating);
  }

  // What a size of `current` may grow to now: beside the pods that are there, or that the autoscaler may yet ask for.
  int GrownNow(size_t i, int current) const {
    const int64_t pods = std::max(plan_.at_worst.Total(), PodsNow(ReplicasInForce(in_force_)));
    return std::max(current, std::min(Target(i), Fitting(i, Room(budgets_[i]), pods)));
  }

  // Of a pool that the template has no size of: the replicas that are there get what the others leave, and no more of
  // them are asked for meanwhile (ChooseMaximum).
  int FirstSize(size_t i) const {
    const int fitting = Fitting(i, Room(budgets_[i]), PodsNow(in_force_.replicas));
    return std::max(std::min(Target(i), fitting), plan_.pools[i].least);
  }

  std::optional<int> Current(size_t i) const {
    const auto& sizes = in_force_.in_template ? in_force_.in_template : in_force_.proposed;
    return sizes ? SizeOf(terms_.pools[i], *sizes) : std::nullopt;
  }

  bool IsWorthReplacing(size_t i) const {
    const auto current = Current(i);
    if (!current || *current % terms_.pools[i].processes_per_replica != 0) return true;
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
      plan_.pools[i].per_replica = ChooseSize(i, replace);
      plan_.sizes[terms_.pools[i].name] = plan_.pools[i].per_replica;
    }
  }

  int ChooseSize(size_t i, bool replace) const {
    const auto current = Current(i);
    if (!current) return FirstSize(i);
    if (!replace) return *current;
    return Target(i) > *current ? GrownNow(i, *current) : Target(i);
  }

  void ChooseMaximum(int lowest_maximum) {
    // A pool that is to have more waits for the replicas to be fewer.
    int fitting_now = plan_.fitting_replicas;
    int granted = plan_.fitting_replicas;
    int beside_draining = terms_.most_replicas;
    for (size_t i = 0; i < terms_.pools.size(); ++i) {
      const int wanted = plan_.pools[i].per_replica;
      const int largest = std::max(Largest(terms_.pools[i], in_force_), wanted);
      fitting_now = std::min(fitting_now, MostWithin(terms_, Room(budgets_[i]), largest));
      granted = std::min(granted, MostWithin(terms_, budgets_[i].granted, largest));
      beside_draining = std::min(beside_draining, MostBesideDraining(Room(budgets_[i]), largest));
      plan_.replacing = plan_.replacing || largest > wanted;
    }
    const bool draining = beside_draining < fitting_now;
    fitting_now = std::min(fitting_now, beside_draining);
    const int standing = std::min(in_force_.max_replicas.value_or(terms_.most_replicas), terms_.most_replicas);
    const int present = std::clamp(in_force_.replicas, 1, std::max(standing, 1));
    // Nobody is turned out for a size that is about to be smaller, for pods that are about to be gone, or because
    // others hold more than what is theirs.
    const int kept = plan_.replacing || draining ? present : std::min(present, std::max(lowest_maximum, granted));
    plan_.max_replicas = std::max({fitting_now, kept, 1});
    using Step = PoolPlan::Step;
    const int wanted = std::max(plan_.fitting_replicas, 1);
    if (plan_.max_replicas == wanted) return;
    plan_.step = plan_.replacing               ? Step::kReplacing
                 : plan_.max_replicas > wanted ? Step::kLowering
                 : draining                    ? Step::kDraining
                                               : Step::kWaiting;
  }

  // A scale-in or a drain of nodes may have more pods on their way out than a rollout replaces.
  int MostBesideDraining(int64_t connections, int per_replica) const {
    if (per_replica == 0) return terms_.most_replicas;
    capacity::Rollout rollout = terms_.rollout;
    rollout.termination_grace = milliseconds(0);
    const int64_t pods = std::max<int64_t>(connections, 0) / per_replica - in_force_.terminating;
    return capacity::MostReplicasWithin(rollout, pods, 0, terms_.most_replicas);
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
    const auto current = in_force.in_template ? SizeOf(pool, *in_force.in_template) : std::nullopt;
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
