#include "controller/backend_intake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/pooled_fixture.h"

namespace dso::controller {
namespace {

using kube::Json;
using test::kServicePath;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

prom::BackendReading Reading(std::optional<int> in_use, std::optional<int> limit) {
  prom::BackendReading reading;
  reading.in_use = in_use;
  reading.limit = limit;
  if (in_use && limit) return reading;
  reading.reason = prom::Reason::kNoSeries;
  reading.message = "no series";
  return reading;
}

constexpr int kMaxConnections = 1'000;

void Take(const prom::BackendReading& reading, BackendFigures& figures, SteadyTime now = {}) {
  TakeBackend(reading, kMaxConnections, now, figures);
}

TEST(TakeBackend, ALimitStaysAndFiguresOfNowDoNot) {
  BackendFigures figures;
  Take(Reading(10, 100), figures);
  EXPECT_EQ(figures.in_use, 10);
  EXPECT_EQ(figures.server_limit, 100);
  EXPECT_EQ(figures.problem, "");
  Take(Reading(std::nullopt, std::nullopt), figures);
  EXPECT_EQ(figures.in_use, std::nullopt);
  EXPECT_EQ(figures.server_limit, 100);
  EXPECT_EQ(figures.problem, "no series");
  Take(Reading(20, 60), figures);
  EXPECT_EQ(figures.in_use, 20);
  EXPECT_EQ(figures.server_limit, 60);
  EXPECT_EQ(figures.problem, "");
}

TEST(TakeBackend, TheSmallestLimitOfHalfAnHourCounts) {
  BackendFigures figures;
  const SteadyTime start{1h};
  Take(Reading(10, 60), figures, start);
  Take(Reading(10, 100), figures, start + 1min);
  EXPECT_EQ(figures.server_limit, 60);
  Take(Reading(10, 100), figures, start + 29min);
  EXPECT_EQ(figures.server_limit, 60);
  Take(Reading(10, 100), figures, start + 30min);
  EXPECT_EQ(figures.server_limit, 100);
  Take(Reading(10, 0), figures, start + 31min);
  EXPECT_EQ(figures.server_limit, 100) << "0 is what a server says that has none";
}

TEST(TakeBackend, IsNearlyFullFrom80PercentOnAndHasRoomBelow75) {
  BackendFigures figures;
  for (const auto& [in_use, is_nearly_full] :
       {std::pair(79, false), {80, true}, {79, true}, {75, true}, {74, false}, {79, false}, {120, true}, {0, false}}) {
    Take(Reading(in_use, 100), figures);
    EXPECT_EQ(figures.is_nearly_full, is_nearly_full) << in_use;
  }
}

// A server that is full refuses its exporter as well.
TEST(TakeBackend, StaysNearlyFullWhileNobodyCanTell) {
  BackendFigures figures;
  Take(Reading(100, 100), figures);
  Take(Reading(std::nullopt, 100), figures);
  EXPECT_TRUE(figures.is_nearly_full);
  Take(Reading(10, std::nullopt), figures);
  EXPECT_FALSE(figures.is_nearly_full) << "by the limit that is known";
}

TEST(TakeBackend, WithoutALimitMaxConnectionsCount) {
  BackendFigures figures;
  Take(Reading(799, std::nullopt), figures);
  EXPECT_FALSE(figures.is_nearly_full);
  Take(Reading(800, std::nullopt), figures);
  EXPECT_TRUE(figures.is_nearly_full);
  Take(Reading(800, 2'000), figures);
  EXPECT_TRUE(figures.is_nearly_full) << "the smaller of both";
}

TEST(TakeBackend, LargeFiguresDoNotOverflow) {
  BackendFigures figures;
  TakeBackend(Reading(2'000'000'000, 2'147'483'647), 2'147'483'647, SteadyTime(), figures);
  EXPECT_TRUE(figures.is_nearly_full);
}

// A server that says it accepts 35, where the spec says 60: 30 of them for 25 pods.
class BackendIntakeTest : public test::PooledTest {
 protected:
  void SetUp() override {
    AddPrometheus();
    const auto rendered = prom::RenderBackendQueries(prom::Exporter::kMysql, {});
    ASSERT_TRUE(rendered.ok());
    const prom::Labels orders{{"namespace", "prod"}, {"service", "orders"}};
    prometheus_.Define(rendered->in_use, {{orders, [this](WallTime) { return in_use_; }}});
    prometheus_.Define(rendered->limit, {{orders, [this](WallTime) { return limit_; }}});
    prometheus_.Define(
        rendered->freshness,
        {{orders, [](WallTime at) { return static_cast<double>(at.time_since_epoch().count()) / 1000; }}});
    server_.Put(kServicePath, Pooled(Watched("mysql")));
  }
  static Json Watched(const char* exporter) {
    Json pool = Orders();
    pool["backend"]["exporter"] = exporter;
    return pool;
  }
  std::string Verdict() const { return ControllerTest::Verdict("BackendsHaveRoom"); }
  Json Status() const { return At(kServicePath)["status"]["connectionPools"][0]; }

  std::optional<double> in_use_ = 10;
  std::optional<double> limit_ = 35;
};

TEST_F(BackendIntakeTest, TheSmallerLimitCounts) {
  Start();
  EXPECT_EQ(SizeInTemplate(), "1");
  EXPECT_EQ(Verdict(), "False ServerAllowsLess");
  EXPECT_EQ(Status()["serverLimit"], 35);
  EXPECT_EQ(Status()["inUse"], 10);
  limit_ = 60;
  loop_.Advance(1min);
  EXPECT_EQ(SizeInTemplate(), "1") << "the instance with the smaller one may only be away";
  loop_.Advance(30min);
  EXPECT_EQ(SizeInTemplate(), "2");
  EXPECT_EQ(Verdict(), "True HaveRoom");
}

TEST_F(BackendIntakeTest, ABackendThatFillsIsReported) {
  limit_ = 60;
  in_use_ = 48;
  Start();
  EXPECT_EQ(Verdict(), "False NearLimit");
  in_use_ = 46;
  loop_.Advance(1min);
  EXPECT_EQ(Verdict(), "False NearLimit") << "76 %";
  in_use_ = 44;
  loop_.Advance(1min);
  EXPECT_EQ(Verdict(), "True HaveRoom");
}

TEST_F(BackendIntakeTest, ALimitStaysWhileItsExporterIsAway) {
  Start();
  server_.writes.clear();
  in_use_ = limit_ = std::nullopt;
  loop_.Advance(2h);
  EXPECT_EQ(SizeInTemplate(), "1");
  EXPECT_EQ(Verdict(), "False ServerAllowsLess");
  EXPECT_EQ(Status()["serverLimit"], 35);
  EXPECT_FALSE(Status().contains("inUse"));
  EXPECT_THAT(WritesOf("configmaps"), IsEmpty());
  limit_ = 60;
  in_use_ = 10;
  loop_.Advance(1min);
  EXPECT_EQ(SizeInTemplate(), "2");
}

// Else every pod would be replaced by one with larger pools, and again once the exporter has answered.
TEST_F(BackendIntakeTest, ALimitOutlivesARestart) {
  Start();
  server_.writes.clear();
  TakePrometheusAway();
  Restart(1h);
  EXPECT_EQ(SizeInTemplate(), "1");
  EXPECT_THAT(WritesOf("configmaps"), IsEmpty());
  EXPECT_THAT(WritesOf("deployments"), IsEmpty());
  BringPrometheusBack();
  Restart();
  EXPECT_THAT(WritesOf("configmaps"), IsEmpty());
  EXPECT_THAT(WritesOf("deployments"), IsEmpty());
}

TEST_F(BackendIntakeTest, WhatAnExporterHasSaidDoesNotCountWithoutIt) {
  Start();
  ChangeSpec({{"connectionPools", Json::array({Orders()})}});
  EXPECT_EQ(SizeInTemplate(), "2") << "by maxConnections alone";
  EXPECT_EQ(Verdict(), "");
  EXPECT_FALSE(Status().contains("serverLimit"));
}

TEST_F(BackendIntakeTest, PrometheusThatIsAwayIsNoMatterOfThePools) {
  TakePrometheusAway();
  Start();
  EXPECT_EQ(SizeInTemplate(), "2");
  EXPECT_EQ(Verdict(), "Unknown Unreadable");
  EXPECT_THAT(Condition("BackendsHaveRoom", "message"), HasSubstr("orders: "));
  EXPECT_EQ(ControllerTest::Verdict("PoolsWithinBudget"), "True Fits");
}

}  // namespace
}  // namespace dso::controller
