#include "load/schedule.h"

#include <gtest/gtest.h>

#include <random>

namespace workload {
namespace {

// 0 to 10 requests/s within 10 s, then 10 s at 10, then down to 2 within 20 s.
const std::vector<RatePoint> kPoints{{Seconds(0), 0}, {Seconds(10), 10}, {Seconds(20), 10}, {Seconds(40), 2}};

TEST(Schedule, InterpolatesTheRate) {
  const Schedule schedule(kPoints, Schedule::Repeat::kOnce);
  EXPECT_DOUBLE_EQ(schedule.RateAt(Seconds(5)), 5);
  EXPECT_DOUBLE_EQ(schedule.RateAt(Seconds(15)), 10);
  EXPECT_DOUBLE_EQ(schedule.RateAt(Seconds(30)), 6);
  EXPECT_DOUBLE_EQ(schedule.RateAt(Seconds(40)), 2);
}

TEST(Schedule, IntegratesTheRate) {
  const Schedule schedule(kPoints, Schedule::Repeat::kOnce);
  EXPECT_DOUBLE_EQ(schedule.RequestsUntil(Seconds(0)), 0);
  EXPECT_DOUBLE_EQ(schedule.RequestsUntil(Seconds(5)), 12.5);
  EXPECT_DOUBLE_EQ(schedule.RequestsUntil(Seconds(20)), 150);
  EXPECT_DOUBLE_EQ(schedule.RequestsUntil(Seconds(40)), 270);
}

TEST(Schedule, PlayedOnceIsOverAfterItsLastPoint) {
  const Schedule schedule(kPoints, Schedule::Repeat::kOnce);
  EXPECT_DOUBLE_EQ(schedule.RateAt(Seconds(41)), 0);
  EXPECT_DOUBLE_EQ(schedule.RequestsUntil(Seconds(1000)), 270);
  EXPECT_EQ(schedule.TimeOfRequest(270.1), std::nullopt);
}

TEST(Schedule, LoopsAfterAUsualStep) {
  // Steps of 1 s and one gap: the period is the length and the median step.
  const Schedule schedule({{Seconds(0), 4}, {Seconds(1), 4}, {Seconds(2), 4}, {Seconds(9), 4}},
                          Schedule::Repeat::kLoop);
  EXPECT_DOUBLE_EQ(schedule.length().count(), 10);
  EXPECT_DOUBLE_EQ(schedule.RateAt(Seconds(123)), 4);
  EXPECT_DOUBLE_EQ(schedule.RequestsUntil(Seconds(123)), 492);
}

TEST(Schedule, TimeOfRequestIsTheInverseOfTheIntegral) {
  for (const auto repeat : {Schedule::Repeat::kOnce, Schedule::Repeat::kLoop}) {
    const Schedule schedule(kPoints, repeat);
    std::mt19937 random(7);
    std::uniform_real_distribution<double> within(0, 270);
    for (int draw = 0; draw < 1000; ++draw) {
      const double requests = within(random);
      const auto time = schedule.TimeOfRequest(requests);
      ASSERT_TRUE(time.has_value());
      EXPECT_NEAR(schedule.RequestsUntil(*time), requests, 1e-9);
    }
  }
}

TEST(Schedule, TimeOfRequestSkipsTimesWithoutDemand) {
  const Schedule schedule({{Seconds(0), 1}, {Seconds(10), 0}, {Seconds(100), 0}, {Seconds(110), 1}},
                          Schedule::Repeat::kOnce);
  EXPECT_NEAR(schedule.TimeOfRequest(5.05)->count(), 101, 1e-6);
}

TEST(Schedule, WithoutAnyDemandHasNoRequest) {
  const Schedule schedule({{Seconds(0), 0}, {Seconds(10), 0}}, Schedule::Repeat::kLoop);
  EXPECT_EQ(schedule.TimeOfRequest(0.5), std::nullopt);
}

TEST(Rescale, SpeedsUpTheTimeAndNotTheRate) {
  const auto points = Rescale(kPoints, 10, 0.5);
  EXPECT_DOUBLE_EQ(points[1].at.count(), 1);
  EXPECT_DOUBLE_EQ(points[1].requests_per_second, 5);
}

}  // namespace
}  // namespace workload
