#include "decide/pool_plan.h"

#include <gtest/gtest.h>

namespace dso::decide {
namespace {

using namespace std::chrono_literals;
using Step = PoolPlan::Step;

api::ConnectionPool OrdersDb() {
  api::ConnectionPool pool;
  pool.name = "orders-db";
  pool.backend.name = "mysql-orders";
  pool.backend.max_connections = 500;
  pool.backend.reserved = 20;
  pool.per_replica = {2, 50};
  pool.hold_time = 300ms;
  return pool;
}

class PoolPlanTest : public ::testing::Test {
 protected:
  PoolPlanTest() {
    terms_.pools = pools_;
    terms_.most_replicas = 50;
    terms_.requests_per_second = 26.7;
  }

  // Without others on the backend.
  PoolPlan Plan(int lowest_maximum = 1) {
    std::vector<PoolBudget> budgets;
    const auto claims = ClaimsOf(terms_, in_force_);
    for (size_t i = 0; i < pools_.size(); ++i) {
      const BackendUser user{claims[i], HeldAtWorst(terms_, in_force_)[i]};
      BackendPlan backend = PlanBackend(std::span(&user, 1));
      backend.budgets.front().free -= held_by_others_;
      budgets.push_back(backend.budgets.front());
    }
    return PlanPools(terms_, in_force_, budgets, lowest_maximum);
  }

  // As if all pods had been replaced.
  void Running(int replicas, PoolSizes sizes, int max_replicas) {
    in_force_ = {.in_template = sizes,
                 .proposed = {},
                 .with_pods = {sizes},
                 .unsized_pods = false,
                 .replicas = replicas,
                 .terminating = 0,
                 .max_replicas = max_replicas};
  }

  std::vector<api::ConnectionPool> pools_{OrdersDb()};
  PoolTerms terms_{};
  PoolsInForce in_force_{};
  int64_t held_by_others_ = 0;
};

TEST_F(PoolPlanTest, ANewServiceGetsWhatFits) {
  const PoolPlan plan = Plan();
  EXPECT_EQ(plan.sizes, (PoolSizes{{"orders-db", 5}}));  // 480 / 88; 9 would be useful
  EXPECT_EQ(plan.pools[0].useful, 9);
  EXPECT_EQ(plan.max_replicas, 50);
  EXPECT_EQ(plan.step, Step::kDone);
}

TEST_F(PoolPlanTest, ReplicasAreWhatGivesIfNotEvenTheLeastFits) {
  terms_.most_replicas = 200;
  const PoolPlan plan = Plan();
  EXPECT_EQ(plan.sizes, (PoolSizes{{"orders-db", 2}}));
  EXPECT_EQ(plan.fitting_replicas, 136);  // + 34 + 68 are 238 of 240 pods
  EXPECT_EQ(plan.at_worst.Total(), 238);
  EXPECT_EQ(plan.max_replicas, 136);
}

TEST_F(PoolPlanTest, WithoutPodsOnTheirWayOutMoreReplicasFit) {
  terms_.most_replicas = 200;
  terms_.rollout.termination_grace = 0s;
  EXPECT_EQ(Plan().fitting_replicas, 192);
}

TEST_F(PoolPlanTest, OneReplicaIsThereWhateverHappens) {
  pools_[0].backend.max_connections = 24;
  const PoolPlan plan = Plan();
  EXPECT_EQ(plan.fitting_replicas, 0);
  EXPECT_EQ(plan.max_replicas, 1);
  EXPECT_EQ(plan.sizes, (PoolSizes{{"orders-db", 2}}));
}

TEST_F(PoolPlanTest, NoRestartForARounding) {
  Running(20, {{"orders-db", 5}}, 50);
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 5}}));
  terms_.requests_per_second = 10;  // 3 would do
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 5}}));
  terms_.requests_per_second = 26.7;
  pools_[0].backend.max_connections = 20 + 88 * 6;  // 6 would fit: less than a quarter more
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 5}}));
  pools_[0].backend.max_connections = 20 + 88 * 7;
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 7}}));
}

TEST_F(PoolPlanTest, PoolsShrinkBeforeTheMaximumRises) {
  terms_.most_replicas = 100;
  Running(40, {{"orders-db", 5}}, 50);
  PoolPlan plan = Plan();
  EXPECT_EQ(plan.sizes, (PoolSizes{{"orders-db", 2}}));  // 480 / 175
  EXPECT_EQ(plan.max_replicas, 55) << "what fits with pods of the old size: 96 of them";
  EXPECT_EQ(plan.step, Step::kReplacing);

  in_force_.in_template = plan.sizes;  // the rollout has begun
  plan = Plan();
  EXPECT_EQ(plan.max_replicas, 55);
  EXPECT_EQ(plan.step, Step::kReplacing);

  Running(40, {{"orders-db", 2}}, 55);
  plan = Plan();
  EXPECT_EQ(plan.max_replicas, 100);
  EXPECT_EQ(plan.step, Step::kDone);
}

TEST_F(PoolPlanTest, PoolsGrowAfterTheMaximumHasBeenLowered) {
  terms_.most_replicas = 20;
  Running(45, {{"orders-db", 5}}, 50);
  PoolPlan plan = Plan();
  EXPECT_EQ(plan.max_replicas, 20) << "the spec says so";
  EXPECT_EQ(plan.sizes, (PoolSizes{{"orders-db", 5}}));

  in_force_.max_replicas = 20;
  in_force_.terminating = 30;
  in_force_.replicas = 20;
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 9}})) << "50 pods are there, 53 would fit";
  in_force_.terminating = 34;
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 8}})) << "at 54 pods it is 8";
}

TEST_F(PoolPlanTest, ABackendThatShrinksStopsScaleOutAtOnceAndTurnsNobodyOutBeforePoolsHaveShrunk) {
  Running(40, {{"orders-db", 5}}, 50);
  pools_[0].backend.max_connections = 120;  // 100 / 2: 50 pods, 28 replicas
  PoolPlan plan = Plan();
  EXPECT_EQ(plan.fitting_replicas, 28);
  EXPECT_EQ(plan.max_replicas, 40);
  EXPECT_EQ(plan.step, Step::kReplacing);

  Running(40, {{"orders-db", 2}}, 40);
  plan = Plan(32);
  EXPECT_EQ(plan.max_replicas, 32) << "the pace";
  EXPECT_EQ(plan.step, Step::kLowering);
  Running(32, {{"orders-db", 2}}, 32);
  plan = Plan(25);
  EXPECT_EQ(plan.max_replicas, 28);
  EXPECT_EQ(plan.step, Step::kDone);
}

TEST_F(PoolPlanTest, WaitsForOthersThatHoldMoreThanTheirs) {
  held_by_others_ = 430;
  const PoolPlan plan = Plan();
  EXPECT_EQ(plan.sizes, (PoolSizes{{"orders-db", 5}}));
  EXPECT_EQ(plan.max_replicas, 5) << "5 + 2 + 3 pods of 5";
  EXPECT_EQ(plan.step, Step::kWaiting);
}

TEST_F(PoolPlanTest, OthersThatHoldMoreThanTheirsTurnNobodyOut) {
  Running(40, {{"orders-db", 5}}, 50);
  held_by_others_ = 3500;
  const PoolPlan plan = Plan();
  EXPECT_EQ(plan.max_replicas, 40);
  EXPECT_EQ(plan.step, Step::kWaiting);
}

TEST_F(PoolPlanTest, APoolThatIsAddedGetsWhatOthersLeaveBesideThePodsThatAreThere) {
  in_force_.replicas = 20;  // with 5 in a rollout and 10 on their way out: 35
  in_force_.max_replicas = 50;
  in_force_.unsized_pods = true;
  held_by_others_ = 480 - 3 * 35;
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 3}}));
  EXPECT_EQ(Plan().max_replicas, 20);
}

TEST_F(PoolPlanTest, AProposalStandsLikeATemplate) {
  in_force_.proposed = PoolSizes{{"orders-db", 5}};
  pools_[0].backend.max_connections = 20 + 88 * 6;
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 5}}));
}

TEST_F(PoolPlanTest, PodsOfUnknownSizeMayHaveAnything) {
  Running(4, {{"orders-db", 5}}, 50);
  in_force_.unsized_pods = true;
  const PoolPlan plan = Plan();
  EXPECT_EQ(plan.max_replicas, 4) << "at 50 each";
  EXPECT_EQ(plan.step, Step::kReplacing);
}

TEST_F(PoolPlanTest, APoolThatIsNewOrGoneReplacesThePods) {
  Running(4, {{"orders-db", 5}, {"old-db", 3}}, 50);
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 5}}));
  EXPECT_EQ(Plan().max_replicas, 50);
  Running(4, {{"old-db", 3}}, 50);
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 5}}));
  EXPECT_EQ(Plan().max_replicas, 4);
}

TEST_F(PoolPlanTest, ProcessesHaveTheirOwnPools) {
  pools_[0].processes_per_replica = 2;
  const PoolPlan plan = Plan();
  EXPECT_EQ(plan.sizes, (PoolSizes{{"orders-db", 4}}));
  EXPECT_EQ(plan.pools[0].useful, 10);
  Running(4, {{"orders-db", 5}}, 50);
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 4}})) << "two processes cannot share 5";
}

TEST_F(PoolPlanTest, PodsThatDrainTakeTheRoomOfNewOnes) {
  terms_.rollout.max_surge = {1, false};
  terms_.rollout.max_unavailable = {0, false};
  Running(30, {{"orders-db", 9}}, 50);  // 480 / 9: 53 pods
  EXPECT_EQ(Plan().max_replicas, 50);
  in_force_.terminating = 20;
  PoolPlan plan = Plan();
  EXPECT_EQ(plan.max_replicas, 32) << "beside 20, and one of a rollout";
  EXPECT_EQ(plan.step, Step::kDraining);
  in_force_.terminating = 30;
  EXPECT_EQ(Plan().max_replicas, 30) << "nobody is turned out for it";
}

TEST_F(PoolPlanTest, BoundsOfTheSpecAreKeptAtOnce) {
  Running(4, {{"orders-db", 5}}, 50);
  pools_[0].per_replica = {1, 3};
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 3}}));
  pools_[0].per_replica = {6, 50};
  PoolPlan plan = Plan();
  EXPECT_EQ(plan.max_replicas, 45) << "first the maximum falls";
  EXPECT_EQ(plan.sizes, (PoolSizes{{"orders-db", 5}}));
  in_force_.max_replicas = 45;
  EXPECT_EQ(Plan().sizes, (PoolSizes{{"orders-db", 6}}));
}

TEST_F(PoolPlanTest, SeveralPoolsTheTightestLimits) {
  api::ConnectionPool sessions = OrdersDb();
  sessions.name = "sessions-db";
  sessions.backend = {
      .name = "pg", .max_connections = 65, .reserved = 5, .share_percent = {}, .idle_limit = 8h, .exporter = {}};
  sessions.per_replica = {1, 10};
  pools_.push_back(sessions);
  terms_.pools = pools_;
  const PoolPlan plan = Plan();
  EXPECT_EQ(plan.fitting_replicas, 34);  // + 9 + 17 are 60 pods
  EXPECT_EQ(plan.tightest, 1U);
  EXPECT_EQ(plan.sizes, (PoolSizes{{"orders-db", 8}, {"sessions-db", 1}}));
}

TEST(PlanBackendTest, FreeIsWhatTheOthersLeave) {
  const capacity::Claim claim{.max_connections = 500, .reserved = 20, .share_percent = {}, .least = 10, .useful = 400};
  const std::vector<BackendUser> users{{claim, 100}, {claim, 300}, {claim, 0}};
  const BackendPlan plan = PlanBackend(users);
  EXPECT_EQ(plan.budgets[0].free, 180);
  EXPECT_EQ(plan.budgets[1].free, 380);
  EXPECT_EQ(plan.budgets[2].free, 80);
  EXPECT_EQ(plan.budgets[0].granted, 160);
}

}  // namespace
}  // namespace dso::decide
