#include "decide/learned_capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/decide/watched_replicas.h"

namespace dso::decide {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::WatchedReplicas;
using testing::HasSubstr;

// Between 4 in the night and 24 in the afternoon.
double Day(double hour) { return 14 - 10 * std::cos((hour - 3) / 24 * 2 * M_PI); }

TEST(LearnedCapacity, StartsAtMin) {
  WatchedReplicas replicas(20);
  EXPECT_EQ(replicas.Estimate().per_replica, 5);
  replicas.noise = 0;
  replicas.Run(hours(1), 4.5);
  const LearnedCapacityEstimate estimate = replicas.Estimate();
  EXPECT_EQ(estimate.per_replica, 5);
  EXPECT_EQ(estimate.evidence, "nothing above 4.5 a replica has been seen; starting from min");
  EXPECT_EQ(estimate.observed, minutes(59)) << "the first minute is for the replicas to settle";
  EXPECT_FALSE(estimate.pressure_from);
}

TEST(LearnedCapacity, FindsTheKnee) {
  for (const double knee : {9.0, 13.0, 20.0}) {
    WatchedReplicas replicas(knee);
    replicas.Run(hours(4 * 24), Day);
    const LearnedCapacityEstimate estimate = replicas.Estimate();
    EXPECT_GT(estimate.per_replica, 0.85 * knee) << knee;
    EXPECT_LT(replicas.highest, 1.05 * knee) << knee;
    ASSERT_TRUE(estimate.pressure_from) << knee;
    EXPECT_NEAR(*estimate.pressure_from, knee, 0.15 * knee);
    EXPECT_THAT(estimate.evidence, HasSubstr("trouble from"));
  }
}

TEST(LearnedCapacity, StaysAtWhatWasCarriedWhereTheKneeIsNeverReached) {
  WatchedReplicas replicas(40);
  replicas.noise = 0;
  replicas.Run(hours(24), 12);
  const LearnedCapacityEstimate estimate = replicas.Estimate();
  EXPECT_NEAR(estimate.per_replica, 12, 1e-6);
  EXPECT_THAT(estimate.evidence, HasSubstr("carried up to 12 a replica for 22h"));
  EXPECT_THAT(estimate.evidence, testing::EndsWith("without rejections or a queue"));
  EXPECT_FALSE(estimate.pressure_from);
  replicas.Run(hours(24 * 60), 3);
  EXPECT_NEAR(replicas.capacity.per_replica(), 12, 1e-6) << "nothing has spoken against it";
}

TEST(LearnedCapacity, IsNotRaisedByAFewMinutes) {
  WatchedReplicas replicas(40);
  replicas.noise = 0;
  replicas.Run(minutes(10), 12);
  replicas.Run(hours(10), 4);
  EXPECT_EQ(replicas.capacity.per_replica(), 5);
  replicas.Run(minutes(2), 12);
  replicas.Run(hours(10), 4);
  EXPECT_GT(replicas.capacity.per_replica(), 11);
}

TEST(LearnedCapacity, IgnoresABackendThatFailsAtALowLoad) {
  WatchedReplicas replicas(20);
  replicas.Run(hours(5 * 24), Day);
  const double before = replicas.capacity.per_replica();
  for (const double failing : {0.2, 0.9}) {
    replicas.failing = failing;
    replicas.Run(hours(2), 8);
    EXPECT_GE(replicas.capacity.per_replica(), 0.99 * before);
    replicas.failing = 0;
    replicas.Run(hours(22), Day);
    EXPECT_GE(replicas.capacity.per_replica(), 0.95 * before);
  }
}

TEST(LearnedCapacity, RecoversFromAnOutageThatLasted) {
  WatchedReplicas replicas(20);
  replicas.Run(hours(5 * 24), Day);
  const double before = replicas.capacity.per_replica();
  replicas.failing = 0.3;
  replicas.Run(hours(24), Day);
  EXPECT_LT(replicas.capacity.per_replica(), 0.8 * before) << "nothing tells it from a capacity that has changed";
  replicas.failing = 0;
  replicas.Run(hours(24), Day);
  EXPECT_GT(replicas.capacity.per_replica(), 0.9 * before);
}

TEST(LearnedCapacity, FollowsAKneeThatMoves) {
  WatchedReplicas replicas(20);
  replicas.Run(hours(7 * 24), Day);
  EXPECT_NEAR(replicas.capacity.per_replica(), 19, 2);
  replicas.knee = 12;
  replicas.Run(hours(6), 16);
  EXPECT_LT(replicas.capacity.per_replica(), 13);
  EXPECT_GT(replicas.capacity.per_replica(), 9);
  replicas.knee = 24;
  replicas.Run(hours(3 * 24), Day);
  EXPECT_GT(replicas.capacity.per_replica(), 19);
}

TEST(LearnedCapacity, OfAServiceThatAlwaysRejectsStaysAtMin) {
  WatchedReplicas replicas(20);
  replicas.failing = 0.1;  // a rate limit
  replicas.Run(hours(24), Day);
  EXPECT_EQ(replicas.capacity.per_replica(), 5);
  EXPECT_THAT(replicas.Estimate().evidence, HasSubstr("no load from min on has been carried for ten minutes"));
}

TEST(LearnedCapacity, GoesOnAfterARestart) {
  WatchedReplicas replicas(20, 15);
  EXPECT_EQ(replicas.Estimate().per_replica, 15);
  EXPECT_EQ(replicas.Estimate().evidence, "15 a replica is known from before; nothing above 0 has been seen lately");
  replicas.Run(hours(24 * 30), 4);
  EXPECT_EQ(replicas.capacity.per_replica(), 15) << "without a load there is no evidence against it";
}

TEST(LearnedCapacity, AfterARestartBelievesTheStatusUntilTroubleOutweighsIt) {
  WatchedReplicas outage(20, 15);
  outage.failing = 0.5;
  outage.Run(minutes(30), 6);
  EXPECT_EQ(outage.capacity.per_replica(), 15);

  WatchedReplicas overloaded(10, 15);
  overloaded.Run(hours(4), 14);
  EXPECT_LT(overloaded.capacity.per_replica(), 11);
}

TEST(LearnedCapacity, ClampsWhatTheStatusRemembers) {
  EXPECT_EQ(LearnedCapacity({5, 50}, 500).per_replica(), 50);
  EXPECT_EQ(LearnedCapacity({5, 50}, 1).per_replica(), 5);
  EXPECT_EQ(LearnedCapacity({5, 50}, NAN).per_replica(), 5);
  EXPECT_EQ(LearnedCapacity({5, 50}, INFINITY).per_replica(), 5);
}

// What each case does to an observation that would otherwise raise the estimate.
using Spoil = std::function<void(int step, LoadObservation& observation)>;
double AfterADay(const Spoil& spoil) {
  LearnedCapacity capacity({5, 50});
  for (int step = 0; step < 24 * 240; ++step) {
    LoadObservation observation{
        .now = SteadyTime(seconds(15) * step), .seen = {.demand = 200, .rejected = 0}, .ready_replicas = 10};
    spoil(step, observation);
    capacity.Observe(observation);
  }
  return capacity.per_replica();
}

TEST(LearnedCapacity, LearnsOnlyFromWhatIsEvidence) {
  EXPECT_NEAR(AfterADay([](int, LoadObservation&) {}), 20, 1e-6);
  EXPECT_EQ(AfterADay([](int, LoadObservation& o) { o.partial = true; }), 5);
  EXPECT_EQ(AfterADay([](int, LoadObservation& o) { o.ready_replicas.reset(); }), 5);
  EXPECT_EQ(AfterADay([](int, LoadObservation& o) { o.ready_replicas = 0; }), 5);
  EXPECT_EQ(AfterADay([](int, LoadObservation& o) { o.ready_replicas = -3; }), 5);
  EXPECT_EQ(AfterADay([](int, LoadObservation& o) { o.seen.rejected.reset(); }), 5) << "it cannot show trouble";
  EXPECT_EQ(AfterADay([](int, LoadObservation& o) { o.seen.demand = NAN; }), 5);
  // Each 45 seconds, and each two minutes and a half of an average over two.
  EXPECT_EQ(AfterADay([](int step, LoadObservation& o) { o.ready_replicas = 10 + step / 3 % 2; }), 5);
  EXPECT_EQ(AfterADay([](int step, LoadObservation& o) {
              o.ready_replicas = 10 + step / 10 % 2;
              o.averaged_over = minutes(2);
            }),
            5);
}

TEST(LearnedCapacity, TakesAQueueForTrouble) {
  const double carried = AfterADay([](int, LoadObservation& o) { o.seen = {.demand = 200, .waiting = 8}; });
  EXPECT_NEAR(carried, 19.2, 1e-6) << "in work, without those who wait";
  EXPECT_EQ(AfterADay([](int, LoadObservation& o) { o.seen = {.demand = 200, .waiting = 40}; }), 5);
}

TEST(LearnedCapacity, ALookAfterALongPauseStandsForTwoMinutes) {
  LearnedCapacity capacity({5, 50});
  for (int hour = 0; hour < 5; ++hour) {
    capacity.Observe({.now = SteadyTime(hours(hour)), .seen = {.demand = 200, .rejected = 0}, .ready_replicas = 10});
  }
  EXPECT_EQ(capacity.Estimate().observed, minutes(8));
  EXPECT_EQ(capacity.per_replica(), 5);
}

}  // namespace
}  // namespace dso::decide
