#include "decide/predicted_need.h"

#include <gtest/gtest.h>

#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::CapacityOf;
using test::Known;
using test::Ready;
using test::Watched;
using namespace std::chrono_literals;

Forecast Foreseen(double expected, double quantile, double slack = 0) {
  return {.state = Forecast::State::kReady, .expected = expected, .quantile = quantile, .slack = slack};
}

TEST(PredictNeed, GivesTheExpectedPeakItsHeadroom) {
  const Need need = PredictNeed(Foreseen(100, 110), CapacityOf(7.5, 9.2));
  EXPECT_EQ(need.Replicas(), 14);  // 100 / 7.5, and 110 / 9.2 is 12
  EXPECT_EQ(need.demand, 100);
  EXPECT_EQ(need.per_replica, 7.5);
}

TEST(PredictNeed, FillsTheReplicasWhenTheQuantileComes) {
  const Need need = PredictNeed(Foreseen(100, 184), CapacityOf(7.5, 9.2));
  EXPECT_EQ(need.Replicas(), 20);  // 184 / 9.2, and 100 / 7.5 is 14
  EXPECT_EQ(need.demand, 184);
  EXPECT_EQ(need.per_replica, 9.2);
}

TEST(PredictNeed, PaysLessOfAMarginThatStandsIdle) {
  EXPECT_EQ(PredictNeed(Foreseen(0, 100, 0.3), CapacityOf(10, 10)).Replicas(), 10);
  EXPECT_EQ(PredictNeed(Foreseen(0, 100, 0.45), CapacityOf(10, 10)).Replicas(), 5);
  EXPECT_EQ(PredictNeed(Foreseen(0, 100, 0.6), CapacityOf(10, 10)).Replicas(), 0);
  EXPECT_EQ(PredictNeed(Foreseen(30, 100, 0.7), CapacityOf(10, 10)).Replicas(), 3);
  EXPECT_TRUE(CanBeForeseen(Foreseen(0, 100, 0.79)));
  EXPECT_FALSE(CanBeForeseen(Foreseen(0, 100, 0.8)));
}

TEST(PredictNeed, NeverNeedsMoreForMoreIdleness) {
  int before = 1000;
  for (double slack = 0; slack < 2; slack += 0.01) {
    const int need = PredictNeed(Foreseen(80, 200, slack), CapacityOf(7.5, 9.2)).Replicas();
    EXPECT_LE(need, before) << slack;
    before = need;
  }
}

TEST(FloorWithAForecast, OnlyServesTheDemandOfOneMoment) {
  Watched service;
  service.snapshot.capacity = CapacityOf(5, 10);
  EXPECT_EQ(service.Look(0s, Known(50), Foreseen(10, 12)).reactive, 5);
  EXPECT_EQ(service.Look(1s, Known(50), test::TooShort()).reactive, 10) << "nothing else has the headroom";
}

TEST(FloorOfALoadThatCannotBeForeseen, CountsWhatHasLastedALead) {
  Watched service;  // a lead of five minutes
  const Forecast hopeless = Foreseen(150, 190, 2);
  EXPECT_EQ(service.FloorAfter(0s, Known(0), hopeless), 2) << "replicas.min";
  for (int minute = 1; minute < 5; ++minute) {
    EXPECT_EQ(service.FloorAfter(1min, Known(100 + minute), hopeless), 2) << minute;
  }
  EXPECT_EQ(service.FloorAfter(1min, Known(110), hopeless), 11) << "the least of the last five minutes";
  EXPECT_EQ(service.Look(0s, Known(110), hopeless).predicted, std::nullopt);
}

TEST(FloorOfALoadThatCannotBeForeseen, FollowsANewCapacityAtOnce) {
  Watched service;
  const Forecast hopeless = Foreseen(150, 190, 2);
  service.Look(0s, Known(100), hopeless);
  EXPECT_EQ(service.Look(1min, Known(100), hopeless).reactive, 10);
  service.snapshot.capacity = CapacityOf(5, 5);
  EXPECT_EQ(service.Look(1min, Known(100), hopeless).reactive, 20);
}

TEST(FloorOfALoadThatCannotBeForeseen, IsNotLoweredByAnAnswerThatMayBeTooLow) {
  Watched service;
  const Forecast hopeless = Foreseen(150, 190, 2);
  Demand partial = Known(20);
  partial.at_least = true;
  service.Look(0s, Known(100), hopeless);
  service.Look(1min, partial, hopeless);
  for (int minute = 0; minute < 10; ++minute) {
    EXPECT_EQ(service.Look(1min, Known(100), hopeless).reactive, 10) << minute;
  }
}

TEST(FloorOfALoadThatCannotBeForeseen, CountsThePresentDemandWhereNothingElseIsKnown) {
  EXPECT_EQ(Watched().FloorAfter(0s, Known(100), Foreseen(150, 190, 2)), 10);
}

}  // namespace
}  // namespace dso::decide
