// One of two operators: what it does while it waits, when it begins to lead, and when that ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/controller_fixture.h"

namespace dso::controller {
namespace {

using namespace std::chrono_literals;
using test::kAutoscalerPath;
using testing::HasSubstr;
using testing::IsEmpty;

class LeadershipTest : public test::ControllerTest {
 protected:
  void SetUp() override {
    AddPrometheus();
    kube::Json chat = Chat();
    chat["spec"].update(kube::Json::parse(R"json({
      "demand": {"preset": "deepseek"},
      "capacity": {"perReplica": "10", "targetUtilizationPercent": 100}
    })json"));
    server_.Put(test::kServicePath, chat);
    const auto queries = prom::RenderQueries(prom::Preset::kDeepseek, {});
    ASSERT_TRUE(queries.ok());
    const prom::Labels labels{{"namespace", "prod"}, {"service", "chat"}};
    const auto now = [](WallTime at) { return static_cast<double>(at.time_since_epoch().count()) / 1000; };
    prometheus_.Define(queries->demand, {{labels, [this](WallTime) { return demand_; }}});
    prometheus_.Define(*queries->rejected, {{labels, prom::FakePrometheus::Constant(0)}});
    prometheus_.Define(queries->freshness, {{labels, now}});
    prometheus_.Define(queries->targets, {{labels, now}});
  }
  bool Writes(const std::string& part) const {
    return std::any_of(server_.writes.begin(), server_.writes.end(),
                       [&](const std::string& write) { return write.find(part) != std::string::npos; });
  }

  double demand_ = 29;  // requests/s: three replicas, with room for a forecast that is not exact
};

TEST_F(LeadershipTest, WhoeverWaitsWritesNothingAndIsReady) {
  leadership_.End();
  Start();
  EXPECT_THAT(server_.writes, IsEmpty());
  EXPECT_TRUE(health_.Readiness().ok);
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr("deepseek_operator_floor_replicas{namespace=\"prod\",service=\"chat\"} 3"));
}

TEST_F(LeadershipTest, WhoeverWaitsShowsTheConditionsThatTheLeaderHasWritten) {
  const auto shows_floor_applied = [this](const char* status) {
    const std::string labels = R"({namespace="prod",service="chat",condition="FloorApplied",status=")";
    return metrics_.Serialize().find("condition" + labels + status + "\"} 1\n") != std::string::npos;
  };
  Start();
  ASSERT_TRUE(shows_floor_applied("true"));
  leadership_.End();
  for (const auto& [written, shown] : {std::pair("False", "false"), std::pair("True", "true")}) {
    const kube::Json condition{{"type", "FloorApplied"},
                               {"status", written},
                               {"reason", "Retrying"},
                               {"message", "x"},
                               {"lastTransitionTime", "2026-12-01T09:00:00Z"}};
    Change(test::kServicePath, {{"status", {{"conditions", kube::Json::array({condition})}}}});
    loop_.Advance(100ms);
    EXPECT_TRUE(shows_floor_applied(shown)) << metrics_.Serialize();
  }
}

TEST_F(LeadershipTest, WhoeverBeginsToLeadActsAtOnce) {
  leadership_.End();
  Start();
  leadership_.LeadUntil(SteadyTime::max());
  loop_.Advance(100ms);
  EXPECT_EQ(Floor(), 3);
}

TEST_F(LeadershipTest, WhatAnotherHasWrittenMeanwhileIsNotWrittenAgain) {
  Start();
  leadership_.End();
  loop_.Advance(1min);
  server_.writes.clear();
  leadership_.LeadUntil(SteadyTime::max());
  loop_.Advance(1min);
  EXPECT_THAT(server_.writes, IsEmpty());
}

// As after a restart: a floor of another is gone on with, and released in its time.
TEST_F(LeadershipTest, AHigherFloorOfAnotherIsNotDroppedAtTheTakeover) {
  leadership_.End();
  Start();
  leadership_.LeadUntil(SteadyTime::max());
  loop_.Advance(1s);
  leadership_.End();
  loop_.Advance(10min);
  Change(kAutoscalerPath, {{"spec", {{"minReplicas", 9}}}});
  loop_.Advance(1s);
  leadership_.LeadUntil(SteadyTime::max());
  loop_.Advance(4min);
  EXPECT_EQ(Floor(), 9) << "within the window";
  loop_.Advance(30min);
  EXPECT_EQ(Floor(), 3);
}

TEST_F(LeadershipTest, AWriteThatTheEndOvertakesIsNotSent) {
  Start();
  // The workload's write takes long; meanwhile the leadership ends.
  server_.writes.clear();
  server_.fault = [](const http::Request& request) -> std::optional<http::FakeReply> {
    if (request.method != "PATCH" || request.target.find("/deployments/") == std::string::npos) return std::nullopt;
    http::FakeReply slow = http::Respond(503, "");
    slow.delay = 5s;
    return slow;
  };
  ChangeSpec({{"replicas", {{"min", 5}}}, {"template", {{"metadata", {{"labels", {{"a", "b"}}}}}}}});
  ASSERT_TRUE(Writes("/deployments/"));
  leadership_.End();
  server_.fault = nullptr;
  loop_.Advance(5min);
  EXPECT_FALSE(Writes("/horizontalpodautoscalers/"));
  EXPECT_FALSE(Writes("/status"));
  leadership_.LeadUntil(SteadyTime::max());
  loop_.Advance(1s);
  EXPECT_EQ(Floor(), 5);
}

TEST_F(LeadershipTest, ComesAndGoesWithoutHarm) {
  Start();
  for (int i = 0; i < 50; ++i) {
    leadership_.LeadUntil(loop_.Now() + 10s);
    loop_.Advance(7s);
    demand_ = 30 + i;
    loop_.Advance(9s);
  }
  leadership_.LeadUntil(SteadyTime::max());
  loop_.Advance(1min);
  EXPECT_EQ(Floor(), 8);
}

}  // namespace
}  // namespace dso::controller
