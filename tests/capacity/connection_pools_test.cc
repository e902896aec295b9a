#include "capacity/connection_pools.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace dso::capacity {
namespace {

using namespace std::chrono_literals;

Claim Of(int64_t least, int64_t useful, std::optional<int> share = std::nullopt) {
  return {.max_connections = 500, .reserved = 20, .share_percent = share, .least = least, .useful = useful};
}

TEST(UsefulConnectionsTest, LittlesLaw) {
  EXPECT_EQ(UsefulConnections({2, 50, 1}, 26.7, 320ms), 9);         // 8.5
  EXPECT_EQ(UsefulConnections({2, 50, 1}, 8 * 4 / 1.2, 300ms), 8);  // 8, but for the rounding of doubles
  EXPECT_EQ(UsefulConnections({2, 50, 1}, 1.0, 300ms), 2);
  EXPECT_EQ(UsefulConnections({2, 50, 1}, 1000.0, 300ms), 50);
}

TEST(UsefulConnectionsTest, ProcessesHaveWholeNumbers) {
  EXPECT_EQ(UsefulConnections({4, 50, 4}, 26.7, 300ms), 12);
  EXPECT_EQ(UsefulConnections({4, 50, 4}, 1e6, 300ms), 48);
  EXPECT_EQ(UsefulConnections({4, 6, 4}, 1e6, 300ms), 4);
}

TEST(UsefulConnectionsTest, AllThatIsAllowedIfNothingIsKnown) {
  EXPECT_EQ(UsefulConnections({2, 50, 1}, std::nullopt, 300ms), 50);
  EXPECT_EQ(UsefulConnections({2, 50, 1}, std::nan(""), 300ms), 50);
  EXPECT_EQ(UsefulConnections({2, 50, 1}, 0.0, 300ms), 2);
}

TEST(LeastConnectionsTest, EveryProcessNeedsOne) {
  EXPECT_EQ(LeastConnections({2, 50, 1}), 2);
  EXPECT_EQ(LeastConnections({5, 50, 4}), 8);
  EXPECT_EQ(LeastConnections({5, 7, 4}), 4) << "max is kept";
}

TEST(FittingConnectionsTest, TheWorkedExample) { EXPECT_EQ(FittingConnections({2, 50, 1}, 9, 480, 88), 5); }

TEST(FittingConnectionsTest, NeverMoreThanIsUsefulOrLessThanTheLeast) {
  EXPECT_EQ(FittingConnections({2, 50, 1}, 9, 480, 10), 9);
  EXPECT_EQ(FittingConnections({2, 50, 1}, 9, 480, 240), 2);
  EXPECT_EQ(FittingConnections({2, 50, 1}, 9, 480, 241), 0);
  EXPECT_EQ(FittingConnections({4, 50, 4}, 12, 480, 50), 8);
}

TEST(ShareBackendTest, OneAlone) {
  const Sharing sharing = ShareBackend(std::vector{Of(176, 792)});
  EXPECT_EQ(sharing.limit, 480);
  EXPECT_EQ(sharing.granted, std::vector<int64_t>{480});
}

TEST(ShareBackendTest, WhatNobodyHasUseForGoesInProportionToTheUseful) {
  EXPECT_EQ(ShareBackend(std::vector{Of(10, 100), Of(10, 200)}).granted, (std::vector<int64_t>{160, 320}));
}

TEST(ShareBackendTest, LeastFirstThenInProportion) {
  // 480 - 100 - 80 = 300 for 300 + 600 that are missing.
  EXPECT_EQ(ShareBackend(std::vector{Of(100, 400), Of(80, 680)}).granted, (std::vector<int64_t>{200, 280}));
}

TEST(ShareBackendTest, InProportionToTheLeastIfNotEvenThatFits) {
  EXPECT_EQ(ShareBackend(std::vector{Of(600, 700), Of(360, 5000)}).granted, (std::vector<int64_t>{300, 180}));
}

TEST(ShareBackendTest, DeclaredSharesComeFirst) {
  EXPECT_EQ(ShareBackend(std::vector{Of(10, 20, 50), Of(10, 1000)}).granted, (std::vector<int64_t>{240, 240}));
}

TEST(ShareBackendTest, SharesAbove100PercentAreCutInProportion) {
  const Sharing sharing = ShareBackend(std::vector{Of(10, 20, 80), Of(10, 20, 80), Of(10, 20)});
  EXPECT_EQ(sharing.shares_percent, 160);
  EXPECT_EQ(sharing.granted, (std::vector<int64_t>{240, 240, 0}));
}

TEST(ShareBackendTest, TheSmallerLimitAndTheLargerReserveCount) {
  Claim smaller = Of(1, 10);
  smaller.max_connections = 300;
  smaller.reserved = 5;
  const Sharing sharing = ShareBackend(std::vector{Of(1, 10), smaller});
  EXPECT_EQ(sharing.limit, 280);
}

TEST(ShareBackendTest, AReserveThatLeavesNothing) {
  Claim claim = Of(1, 10);
  claim.reserved = 600;
  EXPECT_EQ(ShareBackend(std::vector{claim}).granted, std::vector<int64_t>{0});
}

TEST(ShareBackendTest, TheSumNeverExceedsTheLimit) {
  std::mt19937 random(6);
  const auto upto = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most + 1)); };
  for (int round = 0; round < 20'000; ++round) {
    std::vector<Claim> claims(1 + static_cast<size_t>(upto(5)));
    for (Claim& claim : claims) {
      claim.max_connections = 1 + upto(1'000'000);
      claim.reserved = upto(50);
      if (upto(2) == 0) claim.share_percent = 1 + upto(99);
      claim.least = 1 + upto(1'000'000) * (upto(3) == 0 ? int64_t{1'000'000} : 1);
      claim.useful = claim.least + upto(1'000'000'000);
    }
    const Sharing sharing = ShareBackend(claims);
    int64_t sum = 0;
    for (const int64_t granted : sharing.granted) {
      EXPECT_GE(granted, 0);
      sum += granted;
    }
    ASSERT_LE(sum, sharing.limit) << "round " << round;
  }
}

}  // namespace
}  // namespace dso::capacity
