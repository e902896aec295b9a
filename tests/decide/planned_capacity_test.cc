#include "decide/planned_capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::DemandIn;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(PlanWith, LetsAReplicaBeNearlyFullButNeverLessThanPlanned) {
  EXPECT_DOUBLE_EQ(PlanWith(7.5, 10, "PerReplica").at_quantile, 9.2);
  EXPECT_DOUBLE_EQ(PlanWith(10, 10, "PerReplica").at_quantile, 10);
  EXPECT_DOUBLE_EQ(PlanWith(7.5, 10, "PerReplica").per_replica, 7.5);
  EXPECT_DOUBLE_EQ(PlanWith(7.5, 10, "PerReplica").full, 10);
}

TEST(PlanCapacity, TakesTheFormulaInTheUnitOfTheDemand) {
  const api::CapacityFormula formula{
      .cores = 8, .concurrency_per_core = 4, .average_response_time = 1200ms, .safety_factor = 1.5};
  const auto rate = PlanCapacity(formula, DemandIn(api::kRequestsPerSecond));
  ASSERT_TRUE(rate.ok());
  EXPECT_NEAR(rate->per_replica, 17.78, 0.01);
  EXPECT_NEAR(rate->full, 26.67, 0.01);
  EXPECT_NEAR(rate->at_quantile, 0.92 * 26.67, 0.01);
  EXPECT_EQ(rate->source, "Formula");
  const auto in_flight = PlanCapacity(formula, DemandIn(api::kInFlight));
  ASSERT_TRUE(in_flight.ok());
  EXPECT_NEAR(in_flight->per_replica, 21.33, 0.01);
}

TEST(PlanCapacity, TakesAMeasuredCapacityInAnyUnit) {
  const auto planned =
      PlanCapacity(api::PerReplicaCapacity{.per_replica = 40, .target_utilization_percent = 75}, DemandIn("tokens/s"));
  ASSERT_TRUE(planned.ok());
  EXPECT_EQ(planned->per_replica, 30);
  EXPECT_EQ(planned->full, 40);
  EXPECT_EQ(planned->source, "PerReplica");
}

TEST(PlanCapacity, TakesWhatHasBeenLearnedAndItsLowerBoundBeforeThat) {
  const api::LearnedCapacity bounds{.min = 8, .max = 50, .target_utilization_percent = 75};
  const auto before = PlanCapacity(bounds, DemandIn("tokens/s"));
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(before->full, 8);
  EXPECT_EQ(before->per_replica, 6);
  EXPECT_EQ(before->source, "Learned");
  const auto later = PlanCapacity(bounds, DemandIn("tokens/s"), {.learned = 20});
  ASSERT_TRUE(later.ok());
  EXPECT_EQ(later->full, 20);
  EXPECT_EQ(later->per_replica, 15);
}

TEST(PlanCapacity, IgnoresWhatHasBeenLearnedWhereAPersonSaysIt) {
  EXPECT_EQ(PlanCapacity(api::PerReplicaCapacity{.per_replica = 40, .target_utilization_percent = 75}, DemandIn("x"),
                         {.learned = 99})
                ->full,
            40);
}

TEST(PlanCapacity, RefusesAFormulaForAUnitThatItDoesNotKnow) {
  const auto planned =
      PlanCapacity(api::CapacityFormula{.cores = 8, .concurrency_per_core = 4, .average_response_time = 1200ms},
                   DemandIn("tokens/s"));
  ASSERT_FALSE(planned.ok());
  EXPECT_EQ(planned.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(planned.error().message, HasSubstr("tokens/s"));
  EXPECT_THAT(planned.error().message, HasSubstr("perReplica"));
}

TEST(PlanCapacity, PassesOnWhatIsWrongWithTheFigures) {
  const auto formula =
      PlanCapacity(api::CapacityFormula{.cores = 0, .concurrency_per_core = 4, .average_response_time = 1s},
                   DemandIn(api::kInFlight));
  ASSERT_FALSE(formula.ok());
  EXPECT_EQ(formula.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(formula.error().message, HasSubstr("cores"));
  EXPECT_FALSE(PlanCapacity(api::PerReplicaCapacity{.per_replica = 0}, DemandIn("x")).ok());
}

TEST(PlanCapacity, TakesWhatIsMeasuredInPlaceOfWhatIsLeftOut) {
  const api::CapacityFormula formula{.cores = {}, .concurrency_per_core = 4, .average_response_time = {}};
  const Measured measured{.cores = api::PodCores{8, api::PodCores::From::kLimits}, .average_response_time = 1200ms};
  EXPECT_NEAR(PlanCapacity(formula, DemandIn(api::kRequestsPerSecond), measured)->per_replica, 17.78, 0.01);
  EXPECT_NEAR(PlanCapacity(formula, DemandIn(api::kInFlight), measured)->per_replica, 21.33, 0.01);
}

TEST(PlanCapacity, WaitsForWhatIsNotMeasuredYet) {
  const api::CapacityFormula formula{.cores = {}, .concurrency_per_core = 4, .average_response_time = {}};
  const Measured no_time{.cores = api::PodCores{8, api::PodCores::From::kLimits}};
  const auto without_cores =
      PlanCapacity(formula, DemandIn(api::kRequestsPerSecond), {.average_response_time = 1200ms});
  ASSERT_FALSE(without_cores.ok());
  EXPECT_EQ(without_cores.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(without_cores.error().message, HasSubstr("formula.cores"));
  const auto without_time = PlanCapacity(formula, DemandIn(api::kRequestsPerSecond), no_time);
  ASSERT_FALSE(without_time.ok());
  EXPECT_EQ(without_time.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(without_time.error().message, HasSubstr("averageResponseTime"));
  EXPECT_NEAR(PlanCapacity(formula, DemandIn(api::kInFlight), no_time)->per_replica, 21.33, 0.01)
      << "what is in flight does not depend on the response time";
}

}  // namespace
}  // namespace dso::decide
