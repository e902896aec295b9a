#include "controller/service_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/assess.h"
#include "controller/status_builder.h"
#include "tests/controller/taught.h"

namespace dso::controller {
namespace {

using std::chrono::minutes;
using telemetry::ServiceFigures;
using test::kMorning;
using testing::ElementsAre;
using testing::Pair;

// A service whose history and demand are known: 42 requests/s, ever since.
class ServiceFiguresOfTest : public testing::Test {
 protected:
  void Declare(const kube::Json& spec = kube::Json::object()) {
    kube::Json object = test::SampleService();
    object["spec"].merge_patch(spec);
    cached_ = test::Cached(object);
    const bool predicts = cached_.service.spec->prediction.mode != api::PredictionMode::kOff;
    record_ = predicts ? test::Taught(cached_, test::Always(42)) : ServiceRecord();
    if (!predicts) Prepare(cached_, test::At(kMorning), record_);
    test::Take(test::Value(42), kMorning, record_);
  }
  ServiceFigures Figures() {
    Assess(cached_, nullptr, test::At(kMorning), record_);
    return Unassessed();
  }
  ServiceFigures Unassessed(WallTime now = kMorning) const {
    return ServiceFiguresOf(cached_, record_, BuildStatus(cached_, record_, nullptr, now), now);
  }

  CachedService cached_ = test::Cached();
  ServiceRecord record_;
};

TEST_F(ServiceFiguresOfTest, AnActiveServiceHasAFloorAndNoShadow) {
  Declare();
  const ServiceFigures figures = Figures();
  EXPECT_EQ(figures.floor_replicas, 5);
  EXPECT_EQ(figures.shadow_floor_replicas, std::nullopt);
  EXPECT_EQ(figures.hpa_min_replicas, 5);
  EXPECT_EQ(figures.min_replicas, 2);
  EXPECT_EQ(figures.max_replicas, 20);
  EXPECT_EQ(figures.info->mode, "Active");
  EXPECT_EQ(figures.info->demand_source, "query");
  EXPECT_EQ(figures.info->capacity_source, "PerReplica");
  EXPECT_EQ(figures.info->lead_time_source, "Prior");
}

TEST_F(ServiceFiguresOfTest, AShadowHasAFloorThatTheHpaDoesNotGet) {
  Declare({{"prediction", {{"mode", "Shadow"}}}});
  const ServiceFigures figures = Figures();
  EXPECT_EQ(figures.floor_replicas, std::nullopt);
  EXPECT_EQ(figures.shadow_floor_replicas, 5);
  EXPECT_EQ(figures.hpa_min_replicas, 2);
}

TEST_F(ServiceFiguresOfTest, WhatIsSwitchedOffHasNeitherFloorNorForecast) {
  Declare({{"prediction", {{"mode", "Off"}}}});
  const ServiceFigures figures = Figures();
  EXPECT_EQ(figures.floor_replicas, std::nullopt);
  EXPECT_EQ(figures.shadow_floor_replicas, std::nullopt);
  EXPECT_EQ(figures.hpa_min_replicas, 2);
  EXPECT_FALSE(figures.demand || figures.forecast || figures.score || figures.lead_time_seconds);
}

TEST_F(ServiceFiguresOfTest, DemandCapacityAndForecastAreThoseOfTheDecision) {
  Declare({{"prediction", {{"quantile", "0.95"}, {"leadTime", "6m"}}}});
  const ServiceFigures figures = Figures();
  ASSERT_TRUE(figures.demand && figures.forecast);
  EXPECT_EQ(figures.demand->unit, "requests/s");
  EXPECT_EQ(figures.demand->value, 42);
  EXPECT_EQ(figures.demand->capacity_per_replica, 10);
  EXPECT_EQ(figures.forecast->quantile, "0.95");
  EXPECT_EQ(figures.forecast->demand, record_.forecast.quantile);
  EXPECT_EQ(figures.forecast->expected, record_.forecast.expected);
  EXPECT_NEAR(figures.forecast->expected, 42, 0.5);
  EXPECT_NEAR(*figures.forecast->error_ratio, 0, 0.01);
  EXPECT_GT(*figures.forecast->coverage_ratio, 0.9);
  EXPECT_EQ(figures.forecast->coverage_target_ratio, 0.95);
  EXPECT_EQ(figures.lead_time_seconds, 360);
}

TEST_F(ServiceFiguresOfTest, ADemandThatIsNotKnownIsAGapAndNotTheOneBefore) {
  Declare();
  Figures();
  record_.written = BuildStatus(cached_, record_, nullptr, kMorning);
  test::Take(test::Missing(), kMorning + minutes(1), record_);
  const ServiceFigures figures = Figures();
  ASSERT_TRUE(record_.written.demand);
  EXPECT_EQ(figures.demand->value, std::nullopt);
  EXPECT_EQ(figures.conditions.at("DemandAvailable"), "false");
}

TEST_F(ServiceFiguresOfTest, ConditionsAreThoseOfTheStatus) {
  Declare();
  record_.accepted = Verdict::True("Accepted", "x");
  record_.floor_applied = Verdict::False("Retrying", "x");
  const ServiceFigures figures = Figures();
  EXPECT_EQ(figures.conditions.at("Accepted"), "true");
  EXPECT_EQ(figures.conditions.at("FloorApplied"), "false");
  EXPECT_EQ(figures.conditions.at("Ready"), "unknown");
  EXPECT_FALSE(figures.conditions.contains("PoolsWithinBudget"));
}

TEST_F(ServiceFiguresOfTest, ASpecThatMakesNoSenseHasItsConditionsOnly) {
  kube::Json object = test::SampleService();
  object["spec"]["demand"] = kube::Json{{"query", "sum("}};
  object["spec"].erase("capacity");
  cached_ = test::Cached(object);
  ASSERT_FALSE(cached_.service.spec);
  record_.replicas = 3;
  record_.accepted = Verdict::False("InvalidSpec", "x");
  const ServiceFigures figures = Unassessed();
  EXPECT_EQ(figures.conditions.at("Accepted"), "false");
  EXPECT_EQ(figures.replicas, 3);
  EXPECT_FALSE(figures.info || figures.min_replicas || figures.demand);
}

TEST_F(ServiceFiguresOfTest, AnOverrideIsActiveUntilItEnds) {
  const auto active = [this](WallTime until) {
    Declare({{"override", {{"minReplicas", 9}, {"until", FormatTime(until)}, {"reason", "x"}}}});
    return *Figures().override_active;
  };
  EXPECT_TRUE(active(kMorning + minutes(1)));
  EXPECT_FALSE(active(kMorning - minutes(1)));
  Declare();
  EXPECT_FALSE(*Figures().override_active);
}

TEST_F(ServiceFiguresOfTest, TheScoreIsOfWhatWasReplayed) {
  Declare();
  const auto plan = ScorePlan::Of(*cached_.service.spec, decide::PlanWith(10, 10, "PerReplica"), minutes(5));
  record_.learner->KeepScore(plan);
  // A surge that the floor has waited for.
  for (WallTime at = kMorning; at <= kMorning + minutes(30); at += minutes(1)) {
    record_.learner->score()->Take(at, at < kMorning + minutes(20) ? 15 : 175, 18);
  }
  const ServiceFigures figures = Unassessed(kMorning + minutes(30));
  ASSERT_TRUE(figures.score);
  EXPECT_GT(figures.score->replica_seconds_with, 0);
  EXPECT_GT(figures.score->lost_demand_ratio_without, 0);
  EXPECT_LT(figures.score->lost_demand_ratio_without, 1);
  EXPECT_LT(figures.score->lost_demand_ratio_with, figures.score->lost_demand_ratio_without);
  EXPECT_GT(figures.score->replica_seconds_with, figures.score->replica_seconds_without);
}

TEST_F(ServiceFiguresOfTest, PoolsHaveWhatIsPlannedAndABackendWhatItsExporterSays) {
  Declare({{"connectionPools", kube::Json::parse(R"([
      {"name": "orders-db", "holdTime": "300ms", "perReplica": {"min": 4, "max": 40},
       "backend": {"name": "mysql", "maxConnections": 500, "reserved": 20, "exporter": "mysql"}},
      {"name": "audit-db", "holdTime": "30ms",
       "backend": {"name": "postgres", "maxConnections": 100, "reserved": 10}}])")}});
  record_.pools.planned_for = cached_.service.spec->connection_pools;
  decide::PoolPlan plan;
  plan.max_replicas = 12;
  plan.at_worst = {.replicas = 12, .surge = 3, .terminating = 0};
  plan.pools = {{.per_replica = 8, .useful = 12, .least = 4, .granted = 480},
                {.per_replica = 2, .useful = 2, .least = 1, .granted = 90}};
  record_.pools.plan = plan;
  record_.pools.shares.resize(2);
  record_.pools.in_template = decide::PoolSizes{{"orders-db", 8}, {"audit-db", 2}};
  record_.pools.backends["mysql"].in_use = 17;
  record_.pools.backends["mysql"].server_limit = 400;
  const ServiceFigures figures = Unassessed();
  ASSERT_EQ(figures.pools.size(), 2u);
  EXPECT_EQ(figures.pools[0].name, "orders-db");
  EXPECT_EQ(figures.pools[0].backend, "mysql");
  EXPECT_EQ(figures.pools[0].size, 8);
  EXPECT_EQ(figures.pools[0].planned, 15 * 8);
  EXPECT_EQ(figures.pools[0].granted, 480);
  EXPECT_EQ(figures.max_replicas, 12);
  ASSERT_THAT(figures.backends, ElementsAre(Pair("mysql", testing::_)));
  EXPECT_EQ(figures.backends.at("mysql").connections_used, 17);
  EXPECT_EQ(figures.backends.at("mysql").connections_limit, 400);
}

TEST_F(ServiceFiguresOfTest, TheMaximumOfAnAdoptedAutoscalerIsOneToo) {
  Declare();
  record_.adopted.emplace();
  record_.adopted->maximum = 7;
  EXPECT_EQ(Unassessed().max_replicas, 7);
}

}  // namespace
}  // namespace dso::controller
