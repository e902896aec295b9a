#include "capacity/formula.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dso::capacity {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");
constexpr int kMost = std::numeric_limits<int>::max();

TEST(CapacityFromFormulaTest, TheWorkedExample) {
  const auto capacity = CapacityFromFormula({8, 4, 1200ms, 1.5});
  ASSERT_TRUE(capacity.ok());
  EXPECT_NEAR(capacity->at_saturation.in_flight, 32, 1e-9);
  EXPECT_NEAR(capacity->at_saturation.requests_per_second, 26.7, 0.05);
  EXPECT_NEAR(capacity->planned.in_flight, 21.3, 0.05);
  EXPECT_NEAR(capacity->planned.requests_per_second, 17.8, 0.05);
}

TEST(CapacityFromFormulaTest, TheUnitOfDemandChooses) {
  const auto capacity = CapacityFromFormula({8, 4, 1200ms, 1.5});
  EXPECT_EQ(capacity->planned.In(Unit::kInFlight), capacity->planned.in_flight);
  EXPECT_EQ(capacity->planned.In(Unit::kRequestsPerSecond), capacity->planned.requests_per_second);
}

TEST(CapacityFromFormulaTest, RefusesWhatMakesNoSense) {
  const struct {
    Formula formula;
    const char* message;
  } cases[] = {
      {{0, 4, 1s, 1.5}, "cores is 0"},
      {{-8, 4, 1s, 1.5}, "cores is -8"},
      {{kNan, 4, 1s, 1.5}, "cores is unknown"},
      {{8, 0, 1s, 1.5}, "concurrencyPerCore is 0"},
      {{8, kInfinity, 1s, 1.5}, "concurrencyPerCore is unknown"},
      {{8, 4, 0s, 1.5}, "averageResponseTime is 0s"},
      {{8, 4, -1s, 1.5}, "averageResponseTime is -1s"},
      {{8, 4, 1s, 0.99}, "safetyFactor is 0.99"},
      {{8, 4, 1s, kNan}, "safetyFactor is unknown"},
      {{8, 4, 1s, kInfinity}, "safetyFactor is unknown"},
      {{1e9, 2, 1s, 2}, "check the units"},
      {{1e8, 1, 1ms, 1}, "check the units"},
      {{1e308, 1e308, 1s, 1}, "check the units"},
      {{1e-300, 1e-300, 1s, 1}, "check the units"},
  };
  for (const auto& c : cases) {
    const auto capacity = CapacityFromFormula(c.formula);
    ASSERT_FALSE(capacity.ok()) << c.message;
    EXPECT_EQ(capacity.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(capacity.error().message, HasSubstr(c.message));
  }
}

TEST(PlannedCapacityTest, IsAShareOfTheMeasured) {
  EXPECT_DOUBLE_EQ(*PlannedCapacity(12, 75), 9);
  EXPECT_DOUBLE_EQ(*PlannedCapacity(12, 100), 12);
  for (const double per_replica : {0.0, -1.0, kNan, kInfinity, 1.1e9}) {
    EXPECT_FALSE(PlannedCapacity(per_replica, 75).ok()) << per_replica;
  }
  EXPECT_FALSE(PlannedCapacity(12, 0).ok());
  EXPECT_FALSE(PlannedCapacity(12, 101).ok());
}

TEST(ReplicasForTest, RoundsUp) {
  EXPECT_EQ(ReplicasFor(192, 17.8), 11);
  EXPECT_EQ(ReplicasFor(3, 1), 3);
  EXPECT_EQ(ReplicasFor(3.01, 1), 4);
  EXPECT_EQ(ReplicasFor(0.001, 1000), 1);
}

TEST(ReplicasForTest, ForgivesTheRoundingOfDoubles) {
  EXPECT_EQ(ReplicasFor(0.1 + 0.2, 0.1), 3);
  EXPECT_EQ(ReplicasFor(3.0000000001, 1), 3);
  EXPECT_EQ(ReplicasFor(3.0000001, 1), 4) << "that is no rounding error";
  for (int n = 1; n <= 10'000; ++n) {
    for (const double capacity : {0.1, 0.7, 17.8, 1.0 / 3}) {
      double demand = 0;
      for (int i = 0; i < 10; ++i) demand += n * capacity / 10;
      ASSERT_EQ(ReplicasFor(demand, capacity), n) << capacity;
    }
  }
}

TEST(ReplicasForTest, NoDemandNeedsNoReplicas) {
  for (const double demand : {0.0, -0.0, -5.0, kNan, -kInfinity}) EXPECT_EQ(ReplicasFor(demand, 10), 0) << demand;
}

TEST(ReplicasForTest, IsBounded) {
  EXPECT_EQ(ReplicasFor(kInfinity, 10), kMost);
  EXPECT_EQ(ReplicasFor(kInfinity, kInfinity), kMost);
  EXPECT_EQ(ReplicasFor(1e300, 1e-300), kMost);
  EXPECT_EQ(ReplicasFor(2147483647.0, 1), kMost);
  EXPECT_EQ(ReplicasFor(2147483646.0, 1), kMost - 3) << "the tolerance of 1e-9 is two replicas here";
  for (const double capacity : {0.0, -1.0, kNan}) EXPECT_EQ(ReplicasFor(1, capacity), kMost) << capacity;
  EXPECT_EQ(ReplicasFor(1e-300, 1e300), 1) << "any demand at all needs one";
}

}  // namespace
}  // namespace dso::capacity
