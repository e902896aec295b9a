#include "controller/pool_view.h"

#include <algorithm>
#include <set>
#include <utility>

#include "controller/rollout_reader.h"

namespace dso::controller {
namespace {

constexpr milliseconds kRateMemory = std::chrono::days(7);

kube::ObjectKey KeyOf(const CachedService& cached) {
  return {cached.service.meta.namespace_name, cached.service.meta.name};
}

capacity::Rollout RolloutOfTemplate(const api::OwnedWorkload& workload) {
  kube::Json spec{{"template", workload.pod_template.Parse()}, {"minReadySeconds", workload.min_ready_seconds}};
  if (!workload.strategy.empty()) spec["strategy"] = workload.strategy.Parse();
  return *RolloutOf("Deployment", spec);
}

int CountPods(const ServiceRecord& record, bool terminating) {
  return static_cast<int>(std::count_if(record.pods.begin(), record.pods.end(), [terminating](const auto& pod) {
    return !pod.second->finished && pod.second->deleted.has_value() == terminating;
  }));
}

// Where the API server counts them it may know of one before the watch of the pods does.
int Terminating(const ServiceRecord& record, const LiveDeployment* deployment) {
  const auto& target = record.pools.target;
  const int counted = target ? target->terminating : deployment != nullptr ? deployment->terminating_replicas : 0;
  return std::max(CountPods(record, /*terminating=*/true), counted);
}

// Sizes by PoolConfigMapId.
std::map<uint32_t, decide::PoolSizes> SizesOf(const ClusterCache& cache, const kube::ObjectKey& service) {
  std::map<uint32_t, decide::PoolSizes> sizes;
  for (const kube::ObjectKey& key : cache.PoolConfigMapsOf(service)) {
    sizes[PoolConfigMapId(key.name)] = cache.pool_config_maps.Get(key)->sizes;
  }
  return sizes;
}

decide::PoolsInForce InForce(const ClusterCache& cache, const CachedService& cached, const ServiceRecord& record) {
  const kube::ObjectKey key = KeyOf(cached);
  const auto& target = record.pools.target;
  const auto deployment = target ? nullptr : cache.deployments.Get(key);
  const std::map<uint32_t, decide::PoolSizes> known = SizesOf(cache, key);

  decide::PoolsInForce in_force;
  const std::string in_template = target ? target->config_map : deployment ? deployment->pool_config_map : "";
  const auto of_template = in_template.empty() ? known.end() : known.find(PoolConfigMapId(in_template));
  if (of_template != known.end()) in_force.in_template = of_template->second;

  if (target && record.pools.plan) in_force.proposed = record.pools.plan->sizes;

  std::set<uint32_t> with_pods;
  for (const auto& [name, pod] : record.pods) {
    if (!pod->finished) with_pods.insert(pod->pool_config_map);
  }
  for (const uint32_t id : with_pods) {
    const auto found = known.find(id);
    if (found != known.end()) in_force.with_pods.push_back(found->second);
    if (found == known.end()) in_force.unsized_pods = true;
  }

  // The pods of a target are listed now and then, later than the target is read.
  if (target && target->replicas > 0 && (!record.pods_known || !in_force.in_template)) in_force.unsized_pods = true;

  in_force.terminating = Terminating(record, deployment.get());
  in_force.replicas = CountPods(record, /*terminating=*/false);
  if (target) in_force.replicas = std::max(in_force.replicas, target->replicas);
  if (deployment) in_force.replicas = std::max({in_force.replicas, deployment->replicas, deployment->wanted_replicas});

  const auto autoscaler = cache.autoscalers.Get(key);
  if (cached.service.spec->autoscaling.adopted) {
    in_force.max_replicas = record.AdoptedMaximum();
  } else if (autoscaler && autoscaler->controller_uid == cached.uid) {
    in_force.max_replicas = autoscaler->max_replicas;
  }
  return in_force;
}

// What was seen of one rollout says nothing of another. The memory of a restart is the status.
void SetRollout(const capacity::Rollout& rollout, const CachedService& cached, PoolRecord& pools) {
  if (pools.rollout == rollout) return;
  const auto& status = cached.service.status.pool_pods;
  pools.seen_waves = pools.rollout || !status ? 0 : status->seen_waves;
  pools.rollout = rollout;
}

}  // namespace

PoolView ViewOf(const ClusterCache& cache, const CachedService& cached, const ServiceRecord& record) {
  const api::ServiceSpec& spec = *cached.service.spec;
  PoolView view;
  view.pools = spec.connection_pools;
  for (api::ConnectionPool& pool : view.pools) {
    const auto figures = record.pools.backends.find(pool.backend.name);
    if (figures == record.pools.backends.end() || !figures->second.server_limit) continue;
    pool.backend.max_connections = std::min(pool.backend.max_connections, *figures->second.server_limit);
  }
  view.terms = {.pools = view.pools,
                .rollout = record.pools.rollout.value_or(AssumedRollout()),
                .seen_waves = record.pools.seen_waves,
                .most_replicas = record.AdoptedMaximum().value_or(spec.replicas.max),
                .requests_per_second = record.pools.rate > 0 ? std::optional(record.pools.rate) : std::nullopt};
  view.in_force = InForce(cache, cached, record);
  view.known = record.pools.rollout.has_value();
  return view;
}

void NoteRollout(const ClusterCache& cache, const CachedService& cached, SteadyTime now, ServiceRecord& record) {
  PoolRecord& pools = record.pools;
  if (const auto* workload = std::get_if<api::OwnedWorkload>(&cached.service.spec->workload)) {
    pools.target.reset();
    if (!pools.rollout || pools.rollout_of != cached.service.meta.generation) {
      SetRollout(RolloutOfTemplate(*workload), cached, pools);
      pools.rollout_of = cached.service.meta.generation;
    }
  } else {
    if (!pools.target) {
      pools.rollout.reset();
      return;
    }
    SetRollout(pools.target->rollout, cached, pools);
  }
  const auto deployment = cache.deployments.Get(KeyOf(cached));
  if (!deployment && !pools.target) return;
  const int replicas = pools.target ? pools.target->replicas : deployment->wanted_replicas;
  if (replicas < pools.last_replicas) pools.scaled_in_at = now;
  pools.last_replicas = replicas;
  const bool rolling_out = pools.target ? pools.target->rolling_out : deployment->rolling_out;
  const bool scaled_in = pools.scaled_in_at && now < *pools.scaled_in_at + pools.rollout->termination_grace;
  if (!rolling_out || scaled_in) return;
  const int terminating = Terminating(record, deployment.get());
  pools.seen_waves = std::max(pools.seen_waves, capacity::WavesTerminating(*pools.rollout, replicas, terminating));
}

void NoteRate(const CachedService& cached, SteadyTime now, ServiceRecord& record) {
  if (std::exchange(record.pools.rate_of, cached.service.meta.generation) != cached.service.meta.generation) {
    record.pools.requests_per_second = {};
  }
  const auto rate = record.capacity ? record.capacity->full_requests_per_second : std::nullopt;
  if (rate) record.pools.requests_per_second.Note(now, *rate);
  record.pools.rate = record.pools.requests_per_second.Over(now, kRateMemory, 0);
}

std::vector<decide::BackendUser> UsersOf(const PoolView& view, const ServiceRecord& record) {
  decide::PoolsInForce in_force = view.in_force;
  if (const auto& plan = record.pools.plan) {
    in_force.with_pods.push_back(plan->sizes);
    in_force.max_replicas = std::max(in_force.max_replicas.value_or(0), plan->max_replicas);
  }
  const std::vector<capacity::Claim> claims = decide::ClaimsOf(view.terms, view.in_force);
  const std::vector<int64_t> held = decide::HeldAtWorst(view.terms, in_force);
  std::vector<decide::BackendUser> users;
  for (size_t i = 0; i < claims.size(); ++i) users.push_back({claims[i], held[i]});
  return users;
}

bool IsInTransition(const PoolView& view, const decide::PoolPlan& plan) {
  using Step = decide::PoolPlan::Step;
  const decide::PoolsInForce& in_force = view.in_force;
  const auto differs = [&plan](const decide::PoolSizes& sizes) { return sizes != plan.sizes; };
  const bool rolling_out =
      in_force.in_template == plan.sizes &&
      (in_force.unsized_pods || std::any_of(in_force.with_pods.begin(), in_force.with_pods.end(), differs));
  return rolling_out || plan.step == Step::kDraining || plan.step == Step::kLowering;
}

}  // namespace dso::controller
