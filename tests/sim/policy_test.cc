#include "sim/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/sim/generated.h"

namespace dso::sim {
namespace {

using std::chrono::days;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Service Costs(double replica_hours, double lost_share) {
  return {.lost = lost_share * 1e6, .lost_share = lost_share, .replica_hours = replica_hours};
}

Candidate WithFloor(double hpa_target, const Service& first, const Service& second) {
  Candidate candidate;
  candidate.whole.policy = {.hpa_target = hpa_target, .floor_target = 0.9, .quantile = 0.95};
  candidate.first_half = first;
  candidate.second_half = second;
  return candidate;
}
Candidate Alone(double hpa_target, const Service& first, const Service& second) {
  Candidate candidate = WithFloor(hpa_target, first, second);
  candidate.whole.with_floor = false;
  return candidate;
}

TEST(Policy, RecommendsTheCheapestThatLosesAThirdAtMost) {
  const std::vector<Candidate> candidates{
      Alone(0.7, Costs(100, 0.03), Costs(100, 0.03)), WithFloor(0.7, Costs(90, 0.001), Costs(95, 0.002)),
      WithFloor(0.8, Costs(80, 0.0099), Costs(82, 0.009)), WithFloor(0.9, Costs(70, 0.02), Costs(60, 0.001))};
  const Candidate& recommended = Recommend(candidates);
  EXPECT_EQ(recommended.whole.policy.hpa_target, 0.8);
  EXPECT_EQ(
      RecommendationText(recommended, BaselineOf(candidates)),
      "HPA target 80 %, floor target 90 %, quantile 0.95: 18 % fewer replica-hours at 30 % of the loss, relative to "
      "an HPA at 70 % alone (chosen on the first half of what was judged, measured on the second).");
}

TEST(Policy, ChoosesOnTheFirstHalfAndConfessesOnTheSecond) {
  const std::vector<Candidate> candidates{Alone(0.7, Costs(100, 0.03), Costs(100, 0.03)),
                                          WithFloor(0.9, Costs(80, 0.0), Costs(120, 0.06))};
  const std::string text = RecommendationText(Recommend(candidates), BaselineOf(candidates));
  EXPECT_THAT(text, HasSubstr("20 % more replica-hours at 2 times the loss"));
  EXPECT_THAT(text, HasSubstr("missed its aim"));
}

TEST(Policy, SaysWhereAFloorDoesNotPay) {
  const std::vector<Candidate> candidates{Alone(0.7, Costs(100, 0), Costs(100, 0)),
                                          Alone(0.8, Costs(88, 0), Costs(88, 0)),
                                          WithFloor(0.8, Costs(89, 0), Costs(89, 0))};
  EXPECT_THAT(RecommendationText(Recommend(candidates), BaselineOf(candidates)),
              StartsWith("A floor does not pay on this trace; take an HPA target 80 % without a floor: 12 % fewer "
                         "replica-hours with nothing lost either way"));
}

TEST(Policy, SaysWhereNoPolicyLosesLittleEnough) {
  const std::vector<Candidate> candidates{
      Alone(0.7, Costs(100, 0.03), Costs(100, 0.03)), WithFloor(0.7, Costs(130, 0.02), Costs(130, 0.02)),
      WithFloor(0.8, Costs(90, 0.025), Costs(90, 0.025)), WithFloor(0.9, Costs(80, 0.035), Costs(80, 0.035))};
  const std::string text = RecommendationText(Recommend(candidates), BaselineOf(candidates));
  EXPECT_THAT(text, StartsWith("HPA target 80 %, floor target 90 %, quantile 0.95: 10 % fewer replica-hours at 83 %"));
  EXPECT_THAT(text, HasSubstr("no policy loses as little as a third"));
}

TEST(Policy, SaysWhereNothingIsBetter) {
  const std::vector<Candidate> candidates{Alone(0.7, Costs(100, 0.03), Costs(100, 0.03)),
                                          WithFloor(0.9, Costs(80, 0.035), Costs(80, 0.035))};
  EXPECT_THAT(RecommendationText(Recommend(candidates), BaselineOf(candidates)), StartsWith("Nothing that was tried"));
}

TEST(Policy, QuotientsOfNothing) {
  EXPECT_EQ(RelativeLoss(Costs(1, 0), Costs(1, 0)), 1);
  EXPECT_EQ(RelativeLoss(Costs(1, 0), Costs(1, 0.5)), 0);
  EXPECT_TRUE(std::isinf(RelativeLoss(Costs(1, 0.5), Costs(1, 0))));
  EXPECT_EQ(RelativeCost(Costs(3, 0), Costs(2, 0)), 1.5);
}

TEST(Policy, TheFrontierOfADailyRush) {
  const Trace trace = test::DailyTrace(days(9));
  BacktestOptions options = test::SampleOptions();
  options.policy.floor_target = 0.8;  // not on the grid
  auto run = Backtest(trace, options);
  ASSERT_TRUE(run.ok());
  AddFrontier(trace, run->result);
  const BacktestResult& result = run->result;

  ASSERT_EQ(result.frontier.size(), 4u + 4 * 4 * 5);
  size_t own = 0;
  for (const FrontierPoint& point : result.frontier) {
    if (!point.with_floor && point.policy.hpa_target == 0.7) {
      EXPECT_EQ(point.relative_cost, 1);
      EXPECT_EQ(point.relative_loss, 1);
      EXPECT_EQ(point.service.lost, result.alone.lost);
    }
    if (point.with_floor && point.policy == options.policy) {
      ++own;
      EXPECT_EQ(point.service.lost, result.with_floor.lost);
      EXPECT_EQ(point.service.replica_hours, result.with_floor.replica_hours);
    }
  }
  EXPECT_EQ(own, 1u);
  EXPECT_TRUE(result.recommended.with_floor);
  EXPECT_LT(result.recommended.relative_loss, 0.5);
  EXPECT_THAT(result.recommendation, Not(HasSubstr("does not pay")));
}

}  // namespace
}  // namespace dso::sim
