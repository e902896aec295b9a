#include "prom/target_counts.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/prom/api_json.h"

namespace dso::prom {
namespace {

Series State(const std::string& service, std::optional<std::string> up, double count) {
  Series series{.labels = Of("prod", service), .points = {{.at = AtSecond(0), .value = count}}};
  if (up) series.labels["up"] = *up;
  return series;
}

TEST(TargetCounts, AddUpTheStatesOfEachService) {
  const InstantAnswer answer{.series = {State("a", "1", 3), State("b", "0", 2), State("a", "0", 1)}};
  const auto counts = CountTargets(answer, LabelNames{});
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts.at({"prod", "a"}).up, 3);
  EXPECT_EQ(counts.at({"prod", "a"}).all, 4);
  EXPECT_EQ(counts.at({"prod", "b"}).up, 0);
  EXPECT_EQ(counts.at({"prod", "b"}).all, 2);
}

TEST(TargetCounts, LeaveOutWhatIsNoCount) {
  const InstantAnswer answer{.series = {State("a", std::nullopt, 3), State("a", "1", NAN), State("a", "1", -1)}};
  EXPECT_TRUE(CountTargets(answer, LabelNames{}).empty());
  const InstantAnswer absurd{.series = {State("a", "1", 1e300), State("a", "0", 1e300)}};
  EXPECT_EQ(CountTargets(absurd, LabelNames{}).at({"prod", "a"}).all, 1'000'000);
}

Reading With(std::optional<int> up, std::optional<int> targets) {
  return {.state = Reading::State::kValue, .value = 5, .targets_up = up, .targets = targets};
}

TEST(PartlyScraped, IsAServiceOfWhichReadyPodsAreNotScraped) {
  EXPECT_TRUE(IsPartlyScraped(With(2, 4), 4));
  EXPECT_FALSE(IsPartlyScraped(With(4, 4), 4));
}

TEST(PartlyScraped, IsNotOneWhosePodsAreNotReady) {
  EXPECT_FALSE(IsPartlyScraped(With(2, 4), 2));
  EXPECT_TRUE(IsPartlyScraped(With(2, 4), 3));
  EXPECT_FALSE(IsPartlyScraped(With(0, 4), 0));
}

TEST(PartlyScraped, IsNotOneScrapedAtItsGateway) {
  EXPECT_FALSE(IsPartlyScraped(With(1, 1), 4));
  EXPECT_TRUE(IsPartlyScraped(With(1, 2), 4)) << "one of two gateways";
}

TEST(PartlyScraped, IsNotSaidOfWhatIsNotKnown) {
  EXPECT_FALSE(IsPartlyScraped(With(std::nullopt, std::nullopt), 4));
  EXPECT_FALSE(IsPartlyScraped(With(2, 4), std::nullopt));
}

}  // namespace
}  // namespace dso::prom
