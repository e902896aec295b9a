#include "api/status_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "sample_status.h"

namespace dso::api {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

TEST(StatusJsonTest, IsTheJsonThatTheApiServerIsTestedWith) {
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "../integration/crd/status.json");
  EXPECT_EQ(ToJson(test::SampleStatus()), json::parse(file));
}

TEST(StatusJsonTest, SurvivesTheRoundTripButForRounding) {
  ServiceStatus expected = test::SampleStatus();
  expected.demand->current = 131;
  expected.forecast->expected = 171;
  EXPECT_EQ(StatusFromJson(ToJson(test::SampleStatus())), expected);
}

TEST(StatusJsonTest, AnEmptyStatusIsSmall) {
  EXPECT_EQ(ToJson(ServiceStatus{}).dump(),
            R"({"conditions":[],"observedGeneration":0,"readyReplicas":0,"replicas":0})");
  EXPECT_EQ(StatusFromJson(ToJson(ServiceStatus{})), ServiceStatus{});
}

TEST(StatusJsonTest, LeavesOutWhatIsNotFinite) {
  ServiceStatus status = test::SampleStatus();
  status.forecast->error_percent = std::numeric_limits<double>::quiet_NaN();
  status.demand->current = std::numeric_limits<double>::infinity();
  const json object = ToJson(status);
  EXPECT_FALSE(object["forecast"].contains("errorPercent"));
  EXPECT_FALSE(object["demand"].contains("current"));
}

TEST(StatusJsonTest, APeakHasBothItsSizeAndItsTime) {
  ServiceStatus status = test::SampleStatus();
  status.forecast->next_peak_at.reset();
  EXPECT_FALSE(ToJson(status)["forecast"].contains("nextPeak"));
  json object = ToJson(test::SampleStatus());
  object["forecast"]["nextPeakAt"] = "at noon";
  EXPECT_EQ(StatusFromJson(object).forecast->next_peak, 0);
  object = ToJson(test::SampleStatus());
  object["forecast"].erase("nextPeak");
  EXPECT_EQ(StatusFromJson(object).forecast->next_peak_at, std::nullopt);
}

TEST(StatusJsonTest, WhatIsNotLearnedIsNotShown) {
  ServiceStatus status;
  status.capacity = CapacityStatus{17.8, "Formula", std::nullopt, ""};
  status.lead_time = LeadTimeStatus{std::chrono::minutes(5), "Prior", {}, 0, {}, {}, {}};
  EXPECT_EQ(ToJson(status)["capacity"], json::parse(R"({"perReplica": "17.8", "source": "Formula"})"));
  EXPECT_EQ(ToJson(status)["leadTime"], json::parse(R"({"batches": 0, "current": "5m", "source": "Prior"})"));
  EXPECT_EQ(StatusFromJson(ToJson(status)), status);
}

TEST(StatusJsonTest, AnythingIsAStatus) {
  for (const char* text : {"null", "7", "[]", "\"x\"", "{}", R"({"floor":7,"conditions":{},"recentDecisions":"x"})"}) {
    EXPECT_EQ(StatusFromJson(json::parse(text)), ServiceStatus{}) << text;
  }
}

TEST(StatusJsonTest, OneBadFieldCostsOnlyItself) {
  const json good = ToJson(StatusFromJson(ToJson(test::SampleStatus())));
  const json fields = good.flatten();
  for (const auto& [pointer, value] : fields.items()) {
    json bad = good;
    bad[json::json_pointer(pointer)] = json::object();
    const ServiceStatus status = StatusFromJson(bad);
    if (pointer != "/floor/current") {
      ASSERT_TRUE(status.floor.has_value()) << pointer;
      EXPECT_EQ(status.floor->current, 11) << pointer;
    }
    EXPECT_EQ(status.observed_generation, pointer == "/observedGeneration" ? 0 : 3) << pointer;
  }
}

TEST(StatusJsonTest, AFloorWithoutACountIsNoFloor) {
  for (const char* current : {"-1", "2147483648", "18446744073709551615", "1.5", "\"11\"", "null"}) {
    const json status{{"floor", {{"current", json::parse(current)}, {"reason", "Forecast"}}}};
    EXPECT_FALSE(StatusFromJson(status).floor.has_value()) << current;
  }
}

TEST(StatusJsonTest, TakesEachConditionOnceAndOnlyWithAStatus) {
  const json status = json::parse(R"({"conditions": [
    {"type": "Ready", "status": "True"}, {"type": "Ready", "status": "False"}, {"type": "Accepted", "status": "yes"},
    {"status": "True"}, null]})");
  EXPECT_THAT(StatusFromJson(status).conditions, ElementsAre(Field(&Condition::status, ConditionStatus::kTrue)));
}

TEST(StatusJsonTest, TakesNoMoreDecisionsThanAreKept) {
  json status{{"recentDecisions", json::array()}};
  for (int i = 0; i < 9; ++i) {
    status["recentDecisions"].push_back({{"at", "2026-12-01T09:00:00Z"}, {"from", i}, {"to", i + 1}});
  }
  EXPECT_EQ(StatusFromJson(status).recent_decisions.size(), kMaxRecentDecisions);
}

TEST(StatusJsonTest, ReadsThePoolsOfWhichItKnowsWhatTheyMayOpen) {
  const json status = json::parse(R"({"connectionPools": [
    {"name": "a", "perReplica": 7, "inUse": 12}, {"name": "a", "perReplica": 8}, {"name": "b"}, {"perReplica": 9},
    {"name": "c", "perReplica": -1}, null, {"name": "d", "perReplica": 0, "limit": 9000000000}]})");
  const std::vector<PoolStatus> pools = StatusFromJson(status).connection_pools;
  ASSERT_EQ(pools.size(), 2u);
  EXPECT_EQ(pools[0], (PoolStatus{"a", "", 7, 0, 0, 0, "", 12, std::nullopt}));
  EXPECT_EQ(pools[1], (PoolStatus{"d", "", 0, 0, 0, 9'000'000'000, "", std::nullopt, std::nullopt}));
}

TEST(StatusJsonTest, PodsThatWereNotSeenAreNotShown) {
  ServiceStatus status;
  status.pool_pods = PoolPodsStatus{3, 1, 2, 0, std::nullopt};
  EXPECT_EQ(ToJson(status)["poolPods"], json::parse(R"({"replicas": 3, "surge": 1, "terminating": 2})"));
  EXPECT_EQ(StatusFromJson(ToJson(status)), status);
  EXPECT_EQ(StatusFromJson(json::parse(R"({"poolPods": {"surge": 1}})")).pool_pods, std::nullopt);
}

TEST(AddDecisionTest, KeepsTheNewestFirst) {
  std::vector<DecisionRecord> decisions;
  for (int i = 0; i < 7; ++i) AddDecision(decisions, {WallTime{}, i, i + 1, "Forecast", ""});
  ASSERT_EQ(decisions.size(), kMaxRecentDecisions);
  EXPECT_EQ(decisions.front().from, 6);
  EXPECT_EQ(decisions.back().from, 2);
}

}  // namespace
}  // namespace dso::api
