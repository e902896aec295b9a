#include "controller/service_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "controller/assess.h"
#include "controller/status_builder.h"
#include "tests/controller/taught.h"

namespace dso::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::kMorning;
using testing::HasSubstr;

class ServiceViewTest : public testing::Test {
 protected:
  void Declare(const kube::Json& spec = kube::Json::object()) {
    kube::Json object = test::SampleService();
    object["spec"].merge_patch(spec);
    cached_ = test::Cached(object);
    record_ = test::Taught(cached_, test::Always(42));
    test::Take(test::Value(42), kMorning, record_);
    Assess(cached_, nullptr, test::At(kMorning), record_);
  }
  rpc::ServiceView View(bool leads) const {
    return ServiceViewOf(cached_, record_,
                         std::make_shared<const api::ServiceStatus>(BuildStatus(cached_, record_, nullptr, kMorning)),
                         leads, kMorning);
  }

  CachedService cached_ = test::Cached();
  ServiceRecord record_;
};

TEST_F(ServiceViewTest, ALeadersFloorIsTheDecisionAStandbysWhatIsWritten) {
  Declare();
  EXPECT_EQ(View(true).Floor(), 5);
  const rpc::ServiceView standby =
      ServiceViewOf(cached_, record_, std::make_shared<api::ServiceStatus>(), false, kMorning);
  EXPECT_EQ(standby.Floor(), std::nullopt);
}

TEST_F(ServiceViewTest, AViewHasWhatTheDecisionWasMadeFrom) {
  Declare({{"override", {{"minReplicas", 9}, {"until", "2026-12-01T18:00:00Z"}, {"reason", "drill"}}}});
  const rpc::ServiceView view = View(true);
  ASSERT_TRUE(view.made_from);
  EXPECT_EQ(view.made_from->demand.value, 42);
  EXPECT_EQ(view.override_floor, 9);
  EXPECT_EQ(view.replicas.max, 20);
  EXPECT_EQ(view.Floor(), 9);
}

TEST_F(ServiceViewTest, ASpecThatIsInvalidStillHasAView) {
  kube::Json object = test::SampleService();
  object["spec"].erase("replicas");
  cached_ = test::Cached(object);
  ASSERT_FALSE(cached_.service.spec);
  EXPECT_EQ(View(true).Floor(), std::nullopt);
  const auto path = ForecastPathOf(cached_, record_, {}, kMorning);
  ASSERT_FALSE(path);
  EXPECT_THAT(path.error().message, HasSubstr("prod/chat"));
}

TEST_F(ServiceViewTest, APathGoesToTheEndOfTheHorizon) {
  Declare();
  const auto path = ForecastPathOf(cached_, record_, {.horizon = hours(24), .quantiles = {0.1, 0.5, 0.99}}, kMorning);
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(path->points.size(), 120U);
  EXPECT_EQ(path->points.front().at, kMorning + minutes(12));
  EXPECT_EQ(path->points.back().at, kMorning + hours(24));
  for (const rpc::PathPoint& point : path->points) {
    EXPECT_NEAR(point.expected, 42, 1);
    ASSERT_EQ(point.values.size(), 3U);
    EXPECT_LE(point.values[0], point.values[1]);
    EXPECT_LE(point.values[1], point.values[2]);
  }
  EXPECT_EQ(path->unit, "requests/s");
  EXPECT_EQ(path->lead, record_.look_ahead.lead);
}

TEST_F(ServiceViewTest, WithoutAHorizonAPathIsAsLongAsTheLead) {
  Declare({{"prediction", {{"leadTime", "10m"}, {"quantile", "0.8"}}}});
  const auto path = ForecastPathOf(cached_, record_, {}, kMorning);
  ASSERT_TRUE(path);
  EXPECT_EQ(path->points.size(), 10U);
  EXPECT_EQ(path->points.back().at, kMorning + minutes(10));
  EXPECT_THAT(path->quantiles, testing::ElementsAre(0.8));
}

TEST_F(ServiceViewTest, NoPathHasMoreThanTheMostPoints) {
  Declare();
  const auto path =
      ForecastPathOf(cached_, record_, {.horizon = rpc::kLongestHorizon, .step = std::chrono::seconds(1)}, kMorning);
  ASSERT_TRUE(path);
  EXPECT_LE(path->points.size(), rpc::kMostPathPoints);
  EXPECT_EQ(path->points.back().at, kMorning + rpc::kLongestHorizon);
}

TEST_F(ServiceViewTest, AnEventMultipliesItsPartOfThePath) {
  Declare({{"prediction",
            {{"events",
              {{{"name", "launch"},
                {"start", "2026-12-01T12:00:00Z"},
                {"end", "2026-12-01T13:00:00Z"},
                {"multiplier", "2.5"}}}}}}});
  const auto path = ForecastPathOf(cached_, record_, {.horizon = hours(6), .step = minutes(30)}, kMorning);
  ASSERT_TRUE(path);
  for (const rpc::PathPoint& point : path->points) {
    const bool within = point.at >= kMorning + hours(3) && point.at < kMorning + hours(4);
    EXPECT_NEAR(point.expected, within ? 105 : 42, 3) << FormatTime(point.at);
  }
}

TEST_F(ServiceViewTest, WithoutAForecastThePathSaysWhy) {
  Declare();
  record_.learner.reset();
  record_.history_problem = "no route to Prometheus";
  const auto path = ForecastPathOf(cached_, record_, {}, kMorning);
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(path.error().message, HasSubstr("no route to Prometheus"));
}

}  // namespace
}  // namespace dso::controller
