#include "controller/pool_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dso::controller {
namespace {

using Step = decide::PoolPlan::Step;

// "mysql-orders allows 500 - 20 = 480", or what it comes to by other figures than the service's own.
std::string Allowance(const api::Backend& backend, const PoolShare& share) {
  if (backend.max_connections - backend.reserved == share.limit) {
    return fmt::format("{} allows {} - {} = {}", backend.name, backend.max_connections, backend.reserved, share.limit);
  }
  return fmt::format("{} allows {}", backend.name, share.limit);
}

std::string Part(const PoolShare& share) {
  return share.budget.granted < share.limit ? fmt::format(", {} of them for this service", share.budget.granted) : "";
}

std::string Pods(const capacity::WorstCasePods& pods) {
  std::string text = fmt::format("{} replica{}", pods.replicas, pods.replicas == 1 ? "" : "s");
  if (pods.surge > 0) text += fmt::format(" + {} in a rollout", pods.surge);
  if (pods.terminating > 0) text += fmt::format(" + {} on their way out", pods.terminating);
  return text;
}

Verdict Limited(const api::ServiceSpec& spec, const PoolRecord& pools) {
  const decide::PoolPlan& plan = *pools.plan;
  const api::Backend& backend = pools.planned_for[plan.tightest].backend;
  const PoolShare& share = pools.shares[plan.tightest];
  const int least = plan.pools[plan.tightest].least;
  std::string text = fmt::format("{}{}: at {} a replica {} pods, ", Allowance(backend, share), Part(share), least,
                                 std::max<int64_t>(share.budget.granted, 0) / least);
  text += plan.fitting_replicas == 0
              ? fmt::format("not even the {} of one replica. One is kept all the same", Pods(plan.at_worst))
              : fmt::format("which are {}", Pods(plan.at_worst));
  if (spec.autoscaling.adopted) {
    text +=
        fmt::format(". The maximum of {} {} is its owner's: lower it to {}; the floor ends there meanwhile. Or raise",
                    ToString(spec.autoscaling.adopted->kind), spec.autoscaling.adopted->name, plan.at_worst.replicas);
  } else {
    text += fmt::format("; maxReplicas is {} instead of {}. Raise", plan.max_replicas, spec.replicas.max);
  }
  text += " maxConnections, or lower perReplica.min or the strategy's maxSurge and maxUnavailable";
  return Verdict::False("LimitedByBackend", text);
}

// An adopted target is rolled out by its owner.
std::optional<Verdict> Undelivered(const api::ServiceSpec& spec, const PoolRecord& pools) {
  const auto* target = std::get_if<api::TargetRef>(&spec.workload);
  if (target == nullptr || pools.in_template == pools.plan->sizes) return std::nullopt;
  const std::string lines = fmt::format("envFrom: [{{configMapRef: {{name: {}}}}}]", pools.config_map);
  if (!pools.in_template) {
    return Verdict::False("NotDelivered", fmt::format("The containers of {} {} get no pool sizes: give them {}",
                                                      target->kind, target->name, lines));
  }
  return Verdict::False("AwaitingRollout",
                        fmt::format("The containers of {} {} have other pool sizes than they are to have: give them {}",
                                    target->kind, target->name, lines));
}

std::optional<Verdict> Underway(const PoolRecord& pools) {
  const decide::PoolPlan& plan = *pools.plan;
  if (plan.step == Step::kReplacing) {
    return Verdict::False("Replacing",
                          fmt::format("Pods with larger pools, or of an unknown size, are being replaced; until the "
                                      "last of them is gone, no more than {} replicas are asked for",
                                      plan.max_replicas));
  }
  if (plan.step == Step::kDraining) {
    return Verdict::False(
        "Draining", fmt::format("More pods than a rollout replaces are on their way out, and hold connections until "
                                "they exit; until then, no more than {} replicas are asked for",
                                plan.max_replicas));
  }
  if (plan.step == Step::kWaiting) {
    std::vector<std::string> others;
    for (const PoolShare& share : pools.shares) others.insert(others.end(), share.others.begin(), share.others.end());
    std::sort(others.begin(), others.end());
    others.erase(std::unique(others.begin(), others.end()), others.end());
    return Verdict::False("WaitingForOthers",
                          fmt::format("Services that share a backend hold more of it than what is theirs ({}); until "
                                      "they have shrunk, no more than {} replicas are asked for",
                                      fmt::join(others, ", "), plan.max_replicas));
  }
  if (plan.step == Step::kLowering) {
    return Verdict::False("Lowering", fmt::format("maxReplicas comes down to {} step by step, at the pace of "
                                                  "prediction.maxReleasePerPeriod",
                                                  std::max(plan.fitting_replicas, 1)));
  }
  return std::nullopt;
}

std::optional<Verdict> Disagreement(const PoolRecord& pools) {
  for (size_t i = 0; i < pools.shares.size(); ++i) {
    const PoolShare& share = pools.shares[i];
    const std::string& backend = pools.planned_for[i].backend.name;
    if (share.shares_percent > 100) {
      return Verdict::False("SharesExceed",
                            fmt::format("The sharePercent of {} come to {} % with those of {}; they are cut in "
                                        "proportion. Lower them to 100 % in all",
                                        backend, share.shares_percent, fmt::join(share.others, ", ")));
    }
    if (share.limits_differ) {
      return Verdict::False("BackendsDiffer",
                            fmt::format("This service and {} give {} different maxConnections or reserved; what "
                                        "leaves the least counts, {}. Give all of them the same",
                                        fmt::join(share.others, ", "), backend, share.limit));
    }
  }
  return std::nullopt;
}

bool HasMoreThanPlanned(const api::ConnectionPool& pool, const BackendFigures& figures, const PoolRecord& pools) {
  for (size_t i = 0; i < pools.planned_for.size(); ++i) {
    if (pools.planned_for[i].name != pool.name || !figures.in_use) continue;
    return *figures.in_use > pools.shares[i].held + pool.backend.reserved;
  }
  return false;
}

std::string Note(const PoolRecord& pools, size_t i) {
  const decide::PoolPlan& plan = *pools.plan;
  const decide::PoolFigures& figures = plan.pools[i];
  const int64_t pods = plan.at_worst.Total();
  std::string text = fmt::format("{} pods at worst ({}) x {} = {} of {}", pods, Pods(plan.at_worst),
                                 figures.per_replica, pods * figures.per_replica, figures.granted);
  if (figures.per_replica < figures.useful) text += fmt::format("; {} would be useful", figures.useful);
  return text;
}

}  // namespace

Verdict PoolsVerdict(const api::ServiceSpec& spec, const PoolRecord& pools) {
  if (pools.problem) return *pools.problem;
  if (!pools.plan) return Verdict::Unknown("Pending", "The workloads that share the backends are being read.");
  if (pools.plan->fitting_replicas < pools.most_replicas) return Limited(spec, pools);
  if (auto verdict = Undelivered(spec, pools)) return *verdict;
  if (auto verdict = Underway(pools)) return *verdict;
  if (auto verdict = Disagreement(pools)) return *verdict;
  if (pools.target && !pools.target->rollout_known) {
    return Verdict::Unknown("StrategyUnknown",
                            fmt::format("How a {} replaces its pods is not known: as many again as there are replicas "
                                        "are allowed for, and more would be too many",
                                        std::get<api::TargetRef>(spec.workload).kind));
  }
  return Verdict::True("Fits", "The connections of all pods at worst fit into what the backends accept.");
}

bool HasExporter(const api::ServiceSpec& spec) {
  return std::any_of(spec.connection_pools.begin(), spec.connection_pools.end(),
                     [](const api::ConnectionPool& pool) { return pool.backend.exporter.has_value(); });
}

Verdict BackendsVerdict(const api::ServiceSpec& spec, const PoolRecord& pools) {
  std::optional<Verdict> unread;
  std::optional<Verdict> smaller;
  for (const api::ConnectionPool& pool : spec.connection_pools) {
    const api::Backend& backend = pool.backend;
    if (!backend.exporter) continue;
    const auto found = pools.backends.find(backend.name);
    const BackendFigures figures = found == pools.backends.end() ? BackendFigures() : found->second;
    // After a start no more than the limit is known.
    const bool asked = figures.in_use || !figures.problem.empty();
    if (!asked) unread = Verdict::Unknown("Pending", "Prometheus has not been asked yet.");
    if (HasMoreThanPlanned(pool, figures, pools)) {
      return Verdict::False("MoreThanPlanned",
                            fmt::format("{} has more connections in use than the services that share it may hold and "
                                        "what is reserved: find who holds the others, and raise reserved by them",
                                        backend.name));
    }
    if (figures.is_nearly_full) {
      return Verdict::False("NearLimit",
                            fmt::format("{} has {} % or more of the connections in use that it accepts: somebody may "
                                        "hold more than was reserved for all others; see status.connectionPools",
                                        backend.name, kNearlyFullPercent));
    }
    if (!figures.problem.empty()) unread = Verdict::Unknown("Unreadable", backend.name + ": " + figures.problem);
    if (figures.server_limit && *figures.server_limit < backend.max_connections) {
      smaller = Verdict::False("ServerAllowsLess",
                               fmt::format("{} accepts {} connections, not maxConnections {}: the smaller counts",
                                           backend.name, *figures.server_limit, backend.max_connections));
    }
  }
  if (smaller) return *smaller;
  if (unread) return *unread;
  return Verdict::True("HaveRoom", "The backends have room by their own figures.");
}

std::vector<api::PoolStatus> PoolStatuses(const PoolRecord& pools) {
  std::vector<api::PoolStatus> statuses;
  if (!pools.plan) return statuses;
  const decide::PoolPlan& plan = *pools.plan;
  for (size_t i = 0; i < plan.pools.size(); ++i) {
    const api::ConnectionPool& pool = pools.planned_for[i];
    api::PoolStatus status;
    status.name = pool.name;
    status.backend = pool.backend.name;
    if (pools.in_template) {
      const auto size = pools.in_template->find(pool.name);
      if (size != pools.in_template->end()) status.per_replica = size->second;
    }
    status.useful = plan.pools[i].useful;
    status.worst_case_total = plan.at_worst.Total() * plan.pools[i].per_replica;
    status.limit = plan.pools[i].granted;
    status.note = Note(pools, i);
    if (const auto figures = pools.backends.find(pool.backend.name); figures != pools.backends.end()) {
      status.in_use = figures->second.in_use;
      status.server_limit = figures->second.server_limit;
    }
    statuses.push_back(std::move(status));
  }
  return statuses;
}

std::optional<api::PoolPodsStatus> PoolPods(const PoolRecord& pools) {
  if (!pools.plan) return std::nullopt;
  const capacity::WorstCasePods& pods = pools.plan->at_worst;
  return api::PoolPodsStatus{pods.replicas, pods.surge, pods.terminating, pools.seen_waves};
}

}  // namespace dso::controller
