// Services that share a backend, in a small model of Kubernetes: Deployments that roll out and scale, pods that hold
// all of their connections until they are gone, and an operator that looks at one service at a time, in any order.
// Whatever happens, the backend is never asked for more than it accepts; and when nothing happens any more, everybody
// gets what is theirs.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "decide/pool_plan.h"

namespace dso::decide {
namespace {

using namespace std::chrono_literals;

constexpr int kLimit = 300;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int Between(int low, int high) { return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1)); }
  bool OneIn(int times) { return Between(1, times) == 1; }

 private:
  std::mt19937 engine_;
};

struct Pod {
  PoolSizes sizes;
  bool available = false;
  bool terminating = false;
};

// A Deployment and its HPA. One step of its controller is as long as the grace period, and as a start-up.
class Workload {
 public:
  Workload(Random& random, int max_replicas) : random_(random) {
    pool_.name = "db";
    pool_.backend.name = "db";
    pool_.backend.max_connections = kLimit;
    pool_.backend.reserved = 0;
    pool_.per_replica = {random.Between(1, 2), random.Between(2, 12)};
    pool_.processes_per_replica = random.OneIn(4) ? pool_.per_replica.min : 1;
    pool_.hold_time = 100ms;
    terms_.requests_per_second = random.Between(10, 120);
    terms_.rollout.max_surge = {random.Between(0, 60), true};
    terms_.rollout.max_unavailable = {random.Between(0, 40), true};
    terms_.most_replicas = max_replicas;
  }

  void ChangeSpec() {
    switch (random_.Between(1, 4)) {
      case 1: terms_.most_replicas = random_.Between(1, 40); break;
      case 2: terms_.requests_per_second = random_.Between(10, 120); break;
      case 3:
        pool_.per_replica.min = random_.Between(pool_.processes_per_replica, pool_.processes_per_replica + 2);
        break;
      case 4: pool_.per_replica.max = pool_.per_replica.min + random_.Between(0, 10); break;
    }
    pool_.per_replica.max = std::max(pool_.per_replica.max, pool_.per_replica.min);
  }

  // Terminating pods are gone, new ones are available; then what a rollout and the replica count ask for.
  void Step() {
    std::erase_if(pods_, [](const Pod& pod) { return pod.terminating; });
    for (Pod& pod : pods_) pod.available = true;
    if (!sizes_) return;
    Scale();
    RollOut();
  }

  void Autoscale(bool only_up) {
    if (max_replicas_ == 0) return;
    const int before = replicas_;
    replicas_ = std::clamp(random_.Between(1, 45), only_up ? std::min(before, max_replicas_) : 1, max_replicas_);
  }

  int64_t Connections() const {
    int64_t sum = 0;
    for (const Pod& pod : pods_) sum += pod.sizes.at("db");
    return sum;
  }

  PoolTerms Terms() const {
    PoolTerms terms = terms_;
    terms.pools = std::span(&pool_, 1);
    return terms;
  }

  PoolsInForce InForce() const {
    PoolsInForce in_force{.in_template = sizes_,
                          .proposed = {},
                          .with_pods = {},
                          .unsized_pods = false,
                          .replicas = 0,
                          .terminating = 0,
                          .max_replicas = {}};
    if (max_replicas_ > 0) in_force.max_replicas = max_replicas_;
    for (const Pod& pod : pods_) {
      in_force.with_pods.push_back(pod.sizes);
      ++(pod.terminating ? in_force.terminating : in_force.replicas);
    }
    in_force.replicas = std::max(in_force.replicas, replicas_);
    return in_force;
  }

  void Apply(const PoolPlan& plan) {
    sizes_ = plan.sizes;
    max_replicas_ = plan.max_replicas;
    replicas_ = std::clamp(replicas_, 1, max_replicas_);
    plan_ = plan;
  }

  const PoolPlan& plan() const { return plan_; }

 private:
  int Running() const {
    return static_cast<int>(std::count_if(pods_.begin(), pods_.end(), [](const Pod& pod) { return !pod.terminating; }));
  }
  int Surge() const { return capacity::PodsAtWorst(terms_.rollout, replicas_, 0).surge; }
  int Unavailable() const {
    const int down = terms_.rollout.max_unavailable.value * replicas_ / 100;
    return Surge() == 0 && down == 0 ? 1 : down;
  }

  // While a rollout is under way Kubernetes scales the old pods too; here, by chance.
  void Scale() {
    for (int surplus = Running() - replicas_ - Surge(); surplus > 0; --surplus) Remove();
    const bool rolling =
        std::any_of(pods_.begin(), pods_.end(), [this](const Pod& pod) { return pod.sizes != *sizes_; });
    while (Running() < replicas_) {
      const bool old = rolling && random_.OneIn(2);
      const auto other =
          std::find_if(pods_.begin(), pods_.end(), [this](const Pod& pod) { return pod.sizes != *sizes_; });
      pods_.push_back({old && other != pods_.end() ? other->sizes : *sizes_, false, false});
    }
    if (!rolling) {
      for (int surplus = Running() - replicas_; surplus > 0; --surplus) Remove();
    }
  }

  // As the Deployment controller counts: what is not available is replaced first, and neither it nor a new pod that is
  // not available yet makes room for more.
  void RollOut() {
    const auto new_and_starting = std::count_if(pods_.begin(), pods_.end(), [this](const Pod& pod) {
      return !pod.terminating && !pod.available && pod.sizes == *sizes_;
    });
    int to_replace = Running() - (replicas_ - Unavailable()) - static_cast<int>(new_and_starting);
    for (const bool available : {false, true}) {
      for (Pod& pod : pods_) {
        if (to_replace <= 0 || pod.terminating || pod.sizes == *sizes_ || pod.available != available) continue;
        pod.terminating = true;
        --to_replace;
      }
    }
    const auto is_old = [this](const Pod& pod) { return !pod.terminating && pod.sizes != *sizes_; };
    const bool all_new = std::none_of(pods_.begin(), pods_.end(), is_old);
    const int most = all_new ? replicas_ : replicas_ + Surge();
    while (Running() < most) pods_.push_back({*sizes_, false, false});
  }

  void Remove() {
    const auto victim = std::find_if(pods_.begin(), pods_.end(), [](const Pod& pod) { return !pod.terminating; });
    victim->terminating = true;
  }

  Random& random_;
  api::ConnectionPool pool_;
  PoolTerms terms_;
  std::vector<Pod> pods_;
  std::optional<PoolSizes> sizes_;
  int max_replicas_ = 0;
  int replicas_ = 1;
  PoolPlan plan_;
};

void Look(std::vector<Workload>& workloads, size_t at) {
  std::vector<BackendUser> users;
  for (const Workload& workload : workloads) {
    users.push_back(
        {ClaimsOf(workload.Terms(), workload.InForce())[0], HeldAtWorst(workload.Terms(), workload.InForce())[0]});
  }
  const BackendPlan backend = PlanBackend(users);
  Workload& own = workloads[at];
  own.Apply(PlanPools(own.Terms(), own.InForce(), std::span(&backend.budgets[at], 1), 1));
}

int64_t Connections(const std::vector<Workload>& workloads) {
  int64_t sum = 0;
  for (const Workload& workload : workloads) sum += workload.Connections();
  return sum;
}

class PoolSafetyTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(PoolSafetyTest, NoBackendIsAskedForMoreThanItAccepts) {
  Random random(GetParam());
  for (int round = 0; round < 10; ++round) {
    std::vector<Workload> workloads;
    for (int i = random.Between(1, 3); i > 0; --i) workloads.emplace_back(random, random.Between(1, 40));
    for (int tick = 0; tick < 250; ++tick) {
      if (workloads.size() < 5 && random.OneIn(80)) workloads.emplace_back(random, random.Between(1, 40));
      for (size_t i = 0; i < workloads.size(); ++i) {
        if (random.OneIn(12)) workloads[i].ChangeSpec();
        if (random.OneIn(2)) Look(workloads, i);
        // An HPA that has gone down does not go up again before the pods are gone: it has a window.
        workloads[i].Autoscale(tick % 2 == 0);
        workloads[i].Step();
        ASSERT_LE(Connections(workloads), kLimit) << "round " << round << ", tick " << tick << ", service " << i;
      }
    }
    for (int tick = 0; tick < 60; ++tick) {
      for (size_t i = 0; i < workloads.size(); ++i) {
        Look(workloads, i);
        workloads[i].Step();
        ASSERT_LE(Connections(workloads), kLimit) << "round " << round << ", settling " << tick;
      }
    }
    for (const Workload& workload : workloads) {
      EXPECT_EQ(workload.plan().step, PoolPlan::Step::kDone) << "round " << round;
      EXPECT_EQ(workload.plan().max_replicas, std::max(workload.plan().fitting_replicas, 1)) << "round " << round;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PoolSafetyTest, ::testing::Range(1U, 25U));

}  // namespace
}  // namespace dso::decide
