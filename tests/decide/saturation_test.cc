#include "decide/saturation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace dso::decide {
namespace {

constexpr double kFull = 10;  // of one replica

// Of a service that counts what it rejects.
AskedDemand Judge(double served, double rejected, std::optional<int> ready = 10, double full = kFull) {
  return JudgeSaturation({.demand = served + rejected, .rejected = rejected}, ready, full);
}

TEST(Saturation, CountsWhatIsRejectedForLackOfReplicas) {
  // Half of 200 attempts: 200 / (1 + 1/2 + 1/4).
  const AskedDemand asked = Judge(100, 100);
  EXPECT_TRUE(asked.saturated);
  EXPECT_TRUE(asked.censored);
  EXPECT_EQ(asked.served, 100);
  EXPECT_NEAR(asked.value, 114.29, 0.01);
  EXPECT_EQ(asked.rejected_counted, asked.value - asked.served);
}

TEST(Saturation, FindsTheRequestsBehindTheAttempts) {
  // 1000 requests against replicas that reject each attempt with p: what clients that try three times make of it.
  for (const double p : {0.0, 0.01, 0.2, 0.5, 0.8, 0.99}) {
    const double attempts = 1000 * (1 + p + p * p);
    const double served = 1000 * (1 - p * p * p);
    EXPECT_NEAR(served + p * attempts, attempts, 1e-9);
    EXPECT_NEAR(Judge(served, p * attempts, 10, served / 10).value, 1000, 1e-6) << p;
  }
}

TEST(Saturation, CountsNoRejectionWhileReplicasHaveRoom) {
  const AskedDemand asked = Judge(80, 40);
  EXPECT_FALSE(asked.saturated);
  EXPECT_FALSE(asked.censored);
  EXPECT_EQ(asked.value, 80);
  EXPECT_EQ(asked.rejected_counted, 0);
  EXPECT_TRUE(Judge(85, 40).saturated);
}

TEST(Saturation, IsToldByRejectionsAloneWithoutAReadyReplica) {
  const AskedDemand asked = Judge(0, 30, 0);
  EXPECT_TRUE(asked.saturated);
  EXPECT_TRUE(asked.censored);
  EXPECT_NEAR(asked.value, 10, 1e-12) << "each of ten has tried three times";
  EXPECT_FALSE(Judge(0, 0, 0).saturated);
  EXPECT_FALSE(Judge(5, 0, 0).saturated) << "what replicas that are gone have left in the window";
}

TEST(Saturation, IsNotKnownWithoutReadyReplicasOrACapacity) {
  for (const AskedDemand& asked : {Judge(100, 100, std::nullopt), Judge(100, 100, -1), Judge(100, 100, 10, 0),
                                   Judge(100, 100, 10, NAN), Judge(100, 100, 10, -5), Judge(100, 100, 10, INFINITY)}) {
    EXPECT_FALSE(asked.saturated);
    EXPECT_FALSE(asked.censored);
    EXPECT_EQ(asked.value, 100);
  }
}

TEST(Saturation, CensorsAFullServiceWithoutAQueueToShowTheRest) {
  EXPECT_TRUE(Judge(98, 0).censored);
  EXPECT_FALSE(Judge(90, 0).censored);
  EXPECT_TRUE(JudgeSaturation({.demand = 98}, 10, kFull).censored);
  const AskedDemand queued = JudgeSaturation({.demand = 150, .waiting = 50}, 10, kFull);
  EXPECT_TRUE(queued.saturated);
  EXPECT_FALSE(queued.censored) << "who waits is in the demand";
  EXPECT_EQ(queued.value, 150);
  EXPECT_FALSE(JudgeSaturation({.demand = 98, .waiting = 0}, 10, kFull).censored);
}

TEST(Saturation, IsShownByAQueueWhereTheCapacityIsSetTooHigh) {
  EXPECT_TRUE(JudgeSaturation({.demand = 30, .waiting = 10}, 10, kFull).saturated);
  EXPECT_FALSE(JudgeSaturation({.demand = 30, .waiting = 1}, 10, kFull).saturated) << "a moment's unevenness";
}

TEST(Saturation, IsNotCensoredByATrickleOfRejections) {
  const AskedDemand asked = Judge(90, 0.5);
  EXPECT_TRUE(asked.saturated);
  EXPECT_FALSE(asked.censored);
  EXPECT_NEAR(asked.value, 90, 0.01);
}

// Otherwise a service whose capacity is set too low would never be learned from again.
TEST(Saturation, DoesNotTakeAServiceForFullThatServesFarMoreThanItIsSaidToCarry) {
  EXPECT_FALSE(Judge(300, 0).censored);
  EXPECT_TRUE(Judge(300, 30).censored);
}

TEST(Saturation, TakesAnUnknownRejectedRateForNone) {
  const AskedDemand asked = JudgeSaturation({.demand = 90}, 10, kFull);
  EXPECT_EQ(asked.value, 90);
  EXPECT_EQ(JudgeSaturation({.demand = 90, .rejected = NAN}, 10, kFull).value, 90);
  EXPECT_EQ(JudgeSaturation({.demand = 90, .rejected = -4}, 10, kFull).value, 90);
  EXPECT_EQ(JudgeSaturation({.demand = 90, .rejected = 100}, 10, kFull).served, 0) << "read a moment apart";
}

TEST(Saturation, StaysBetweenServedAndAttemptedWhateverComes) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  constexpr double kMost = std::numeric_limits<double>::max();
  const std::vector<double> odd = {0, 1e-300, 1, 3.7, 1e9, kMost, -1, kNone, INFINITY, -INFINITY, 1e-320};
  std::mt19937 random(7);
  const auto any = [&] { return odd[random() % odd.size()] * (1 + static_cast<double>(random() % 1000) / 1000); };
  for (int i = 0; i < 100'000; ++i) {
    SeenDemand seen{.demand = any()};
    if (random() % 4 != 0) seen.rejected = any();
    if (random() % 2 != 0) seen.waiting = any();
    const std::optional<int> ready =
        random() % 4 == 0 ? std::nullopt : std::optional<int>(static_cast<int>(random() % 100) - 1);
    const AskedDemand asked = JudgeSaturation(seen, ready, any());
    ASSERT_TRUE(std::isfinite(asked.value));
    ASSERT_GE(asked.served, 0);
    ASSERT_GE(asked.value, asked.served);
    ASSERT_GE(asked.rejected_counted, 0);
    if (seen.demand >= 0) {
      ASSERT_LE(asked.value, seen.demand);
    }
    ASSERT_TRUE(asked.saturated || (!asked.censored && asked.rejected_counted == 0));
  }
}

}  // namespace
}  // namespace dso::decide
