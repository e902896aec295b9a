#include "capacity/rollout.h"

#include <gtest/gtest.h>

#include <limits>

namespace dso::capacity {
namespace {

using namespace std::chrono_literals;

constexpr PodShare Percent(int value) { return {value, true}; }
constexpr PodShare Pods(int value) { return {value, false}; }

Rollout With(PodShare surge, PodShare unavailable, milliseconds grace = 30s) {
  Rollout rollout;
  rollout.max_surge = surge;
  rollout.max_unavailable = unavailable;
  rollout.termination_grace = grace;
  return rollout;
}

TEST(PodsAtWorstTest, TheDefaultStrategy) {
  const WorstCasePods pods = PodsAtWorst(Rollout{}, 50, 0);
  EXPECT_EQ(pods.replicas, 50);
  EXPECT_EQ(pods.surge, 13);        // 12.5 rounded up
  EXPECT_EQ(pods.terminating, 25);  // 13 + 12: 12.5 rounded down
  EXPECT_EQ(pods.Total(), 88);
}

TEST(PodsAtWorstTest, RoundsAsKubernetesDoes) {
  EXPECT_EQ(PodsAtWorst(With(Percent(25), Pods(0)), 1, 0).surge, 1);
  EXPECT_EQ(PodsAtWorst(With(Percent(25), Pods(0)), 4, 0).surge, 1);
  EXPECT_EQ(PodsAtWorst(With(Percent(25), Pods(0)), 5, 0).surge, 2);
  EXPECT_EQ(PodsAtWorst(With(Pods(0), Percent(25)), 7, 0).terminating, 1);
  EXPECT_EQ(PodsAtWorst(With(Pods(0), Percent(25)), 8, 0).terminating, 2);
}

TEST(PodsAtWorstTest, NoSurgeAndNothingUnavailableIsOneUnavailable) {
  EXPECT_EQ(PodsAtWorst(With(Percent(0), Percent(25)), 3, 0).terminating, 1);  // 0.75 rounded down
  EXPECT_EQ(PodsAtWorst(With(Percent(0), Percent(0)), 3, 0).Total(), 4);
}

TEST(PodsAtWorstTest, ASurgeAbove100Percent) {
  const WorstCasePods pods = PodsAtWorst(With(Percent(250), Pods(0)), 10, 0);
  EXPECT_EQ(pods.surge, 25);
  EXPECT_EQ(pods.terminating, 10) << "no more are on their way out than there were";
}

TEST(PodsAtWorstTest, ALongGraceLetsSeveralWavesOverlap) {
  EXPECT_EQ(PodsAtWorst(With(Pods(1), Pods(0), 30s), 50, 0).terminating, 1);
  EXPECT_EQ(PodsAtWorst(With(Pods(1), Pods(0), 31s), 50, 0).terminating, 2);
  EXPECT_EQ(PodsAtWorst(With(Pods(1), Pods(0), 600s), 50, 0).terminating, 20);
  EXPECT_EQ(PodsAtWorst(With(Pods(1), Pods(0), 24h), 50, 0).terminating, 50);
  EXPECT_EQ(PodsAtWorst(With(Pods(1), Pods(0), 0s), 50, 0).terminating, 0);
}

TEST(PodsAtWorstTest, MinReadySecondsSpreadTheWaves) {
  Rollout rollout = With(Pods(1), Pods(0), 600s);
  rollout.min_ready = 90s;
  EXPECT_EQ(PodsAtWorst(rollout, 50, 0).terminating, 5);
}

TEST(PodsAtWorstTest, WhatWasSeenCountsIfItIsMore) {
  EXPECT_EQ(PodsAtWorst(With(Pods(2), Pods(0)), 50, 4).terminating, 8);
  EXPECT_EQ(PodsAtWorst(With(Pods(2), Pods(0), 600s), 50, 4).terminating, 40);
}

TEST(PodsAtWorstTest, ReplacementInPlaceHasNeither) {
  Rollout rollout;
  rollout.replaces_in_place = true;
  EXPECT_EQ(PodsAtWorst(rollout, 50, 9).Total(), 50);
}

TEST(PodsAtWorstTest, HugeFiguresDoNotOverflow) {
  constexpr int kMost = std::numeric_limits<int>::max();
  const WorstCasePods pods = PodsAtWorst(With(Percent(kMost), Percent(kMost), 24h), 10'000, kMost);
  EXPECT_EQ(pods.surge, kMost);
  EXPECT_EQ(pods.terminating, 10'000);
}

TEST(MostReplicasWithinTest, IsTheInverse) {
  EXPECT_EQ(MostReplicasWithin(With(Percent(25), Pods(0), 0s), 240, 0, 1000), 192);
  for (const Rollout& rollout : {Rollout{}, With(Pods(3), Pods(0)), With(Percent(0), Percent(0)),
                                 With(Percent(150), Percent(100), 90s), With(Percent(25), Percent(25), 0s)}) {
    for (int64_t pods = 0; pods < 300; ++pods) {
      const int fits = MostReplicasWithin(rollout, pods, 0, 200);
      EXPECT_TRUE(fits == 0 || PodsAtWorst(rollout, fits, 0).Total() <= pods);
      EXPECT_TRUE(fits == 200 || PodsAtWorst(rollout, fits + 1, 0).Total() > pods);
    }
  }
}

TEST(MostReplicasWithinTest, NoneMayFit) {
  EXPECT_EQ(MostReplicasWithin(Rollout{}, 2, 0, 10), 0);  // one replica, one of surge, one on its way out
  EXPECT_EQ(MostReplicasWithin(Rollout{}, 3, 0, 10), 1);
  EXPECT_EQ(MostReplicasWithin(Rollout{}, -5, 0, 10), 0);
}

TEST(WavesTerminatingTest, CountsWavesOfThatSize) {
  EXPECT_EQ(WavesTerminating(Rollout{}, 50, 0), 0);
  EXPECT_EQ(WavesTerminating(Rollout{}, 50, 25), 1);
  EXPECT_EQ(WavesTerminating(Rollout{}, 50, 26), 2);
  EXPECT_EQ(WavesTerminating(Rollout{}, 1, 1), 1);
  Rollout in_place;
  in_place.replaces_in_place = true;
  EXPECT_EQ(WavesTerminating(in_place, 50, 26), 0);
}

}  // namespace
}  // namespace dso::capacity
