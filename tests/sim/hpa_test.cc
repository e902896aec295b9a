#include "sim/hpa.h"

#include <gtest/gtest.h>

namespace dso::sim {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kStart{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1}};

HpaOptions SampleHpa() {
  return {
      .capacity_per_replica = 10, .target_percent = 70, .max_replicas = 100, .startup = 60s, .scale_down_window = 5min};
}

// An HPA that is turned each 15 s.
class Hpa {
 public:
  explicit Hpa(int replicas, HpaOptions options = SampleHpa()) : pods(options, replicas) {}

  int Sync(double demand, int min_replicas = 1) {
    pods.Advance(now);
    pods.Sync(now, demand, min_replicas);
    now += kHpaPeriod;
    return pods.replicas();
  }

  SimulatedHpa pods;
  WallTime now = kStart;
};

TEST(SimulatedHpa, KeepsWithinTheToleranceInclusive) {
  EXPECT_EQ(Hpa(10).Sync(70), 10);
  EXPECT_EQ(Hpa(10).Sync(77), 10);
  EXPECT_EQ(Hpa(10).Sync(77.9), 10);  // truncated to 77 %
  EXPECT_EQ(Hpa(10).Sync(78), 12);    // ceil(78 / 70 · 10)
  HpaOptions no_window = SampleHpa();
  no_window.scale_down_window = 0ms;
  EXPECT_EQ(Hpa(10, no_window).Sync(63), 10);
}

TEST(SimulatedHpa, CannotSeeMoreThanFullPods) { EXPECT_EQ(Hpa(10).Sync(1e9), 15); }

TEST(SimulatedHpa, ScalesUpByFourPodsOrDoublesAtMost) {
  HpaOptions options = SampleHpa();
  options.target_percent = 10;
  EXPECT_EQ(Hpa(1, options).Sync(1e9), 5);
  EXPECT_EQ(Hpa(3, options).Sync(1e9), 7);
  EXPECT_EQ(Hpa(4, options).Sync(1e9), 8);
  EXPECT_EQ(Hpa(20, options).Sync(1e9), 40);
}

TEST(SimulatedHpa, GoesStraightToTheFloor) {
  Hpa hpa(1);
  EXPECT_EQ(hpa.Sync(5, 60), 60);
  EXPECT_EQ(hpa.pods.ready(), 1);
}

TEST(SimulatedHpa, NeverLeavesItsBounds) {
  EXPECT_EQ(Hpa(1).Sync(5, 1000), 100);
  EXPECT_EQ(Hpa(150).Sync(1500), 100);
  Hpa hpa(90);
  for (int i = 0; i < 100; ++i) hpa.Sync(1e9);
  EXPECT_EQ(hpa.pods.replicas(), 100);
  for (int i = 0; i < 100; ++i) hpa.Sync(0, 3);
  EXPECT_EQ(hpa.pods.replicas(), 3);
}

TEST(SimulatedHpa, ScalesDownToTheLargestRecommendationOfTheWindow) {
  Hpa hpa(10);
  for (int second = 0; second <= 300; second += 15) EXPECT_EQ(hpa.Sync(30), 10) << second;
  EXPECT_EQ(hpa.Sync(30), 5);  // ceil(30 / 70 · 10); what stood at the start is out of the window
}

TEST(SimulatedHpa, AReleasedFloorDropsAtOnceToWhatTheMetricsRecommended) {
  Hpa hpa(2);
  hpa.Sync(14, 50);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(hpa.Sync(14, 50), 50);
  EXPECT_EQ(hpa.Sync(14, 1), 2);
}

TEST(SimulatedHpa, PodsServeOnlyWhenTheyAreReady) {
  Hpa hpa(10);
  hpa.Sync(100);
  EXPECT_EQ(hpa.pods.ready(), 10);
  hpa.pods.Advance(kStart + 59999ms);
  EXPECT_EQ(hpa.pods.ready(), 10);
  EXPECT_EQ(hpa.pods.capacity(), 100);
  hpa.pods.Advance(kStart + 60s);
  EXPECT_EQ(hpa.pods.ready(), 15);
  EXPECT_EQ(hpa.pods.capacity(), 150);
}

TEST(SimulatedHpa, CountsUnreadyPodsAsIdleWhenScalingUp) {
  Hpa hpa(10);
  EXPECT_EQ(hpa.Sync(82), 12);  // ceil(82 / 70 · 10)
  // 100 % of 10 pods are 83 % of 12: ceil(83 / 70 · 12)
  EXPECT_EQ(hpa.Sync(100), 15);
  // and 66 % of 15: now below the target, so nothing changes
  EXPECT_EQ(hpa.Sync(100), 15);
}

TEST(SimulatedHpa, IgnoresUnreadyPodsWhenScalingDown) {
  HpaOptions options = SampleHpa();
  options.scale_down_window = 0ms;
  Hpa hpa(10, options);
  EXPECT_EQ(hpa.Sync(70, 20), 20);
  EXPECT_EQ(hpa.Sync(30), 5);  // ceil(30 / 70 · 10 ready pods)
  EXPECT_EQ(hpa.pods.ready(), 5);
}

TEST(SimulatedHpa, DeletesStartingPodsFirst) {
  HpaOptions options = SampleHpa();
  options.scale_down_window = 0ms;
  Hpa hpa(10, options);
  EXPECT_EQ(hpa.Sync(70, 20), 20);
  EXPECT_EQ(hpa.Sync(30, 12), 12);
  EXPECT_EQ(hpa.pods.ready(), 10);
  hpa.pods.Advance(kStart + 60s);
  EXPECT_EQ(hpa.pods.ready(), 12);
}

TEST(SimulatedHpa, KeepsAtLeastOneReadyPod) {
  Hpa hpa(0);
  EXPECT_EQ(hpa.pods.ready(), 1);
  for (int i = 0; i < 100; ++i) hpa.Sync(0);
  EXPECT_EQ(hpa.pods.ready(), 1);
}

TEST(SimulatedHpa, CountsWithMillionsOfReplicas) {
  HpaOptions options = SampleHpa();
  options.max_replicas = 1'000'000'000;
  options.target_percent = 1;
  Hpa hpa(900'000'000, options);
  EXPECT_EQ(hpa.Sync(1e12), 1'000'000'000);
}

}  // namespace
}  // namespace dso::sim
