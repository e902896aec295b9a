#include "controller/status_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/assess.h"
#include "controller/forecasting.h"
#include "tests/controller/sample.h"

namespace dso::controller {
namespace {

using api::ConditionStatus;
using test::Cached;
using test::kMorning;
using test::Missing;
using test::OwnAutoscaler;
using test::SampleService;
using test::Value;
using testing::HasSubstr;

class StatusBuilder : public testing::Test {
 protected:
  void SetUp() override {
    EnsureForecaster(cached_, record_);
    record_.reconciled_generation = 3;
    record_.accepted = Verdict::True("Accepted", "x");
    record_.workload = Verdict::True("Available", "x");
    record_.floor_applied = Verdict::True("Applied", "x");
  }
  api::ServiceStatus Build(const LiveAutoscaler* autoscaler = nullptr) {
    return BuildStatus(cached_, record_, autoscaler, kMorning);
  }
  // "True Applied", or "" if there is no such condition.
  static std::string Condition(const api::ServiceStatus& status, std::string_view type) {
    const api::Condition* condition = api::FindCondition(status.conditions, type);
    return condition == nullptr ? "" : std::string(ToString(condition->status)) + " " + condition->reason;
  }

  CachedService cached_ = Cached();
  ServiceRecord record_;
};

TEST_F(StatusBuilder, ReadyIsTheFirstPartThatIsNot) {
  EXPECT_EQ(Condition(Build(), api::kReady), "True AsDeclared");
  record_.floor_applied = Verdict::False("Retrying", "x");
  EXPECT_EQ(Condition(Build(), api::kReady), "False Retrying");
  record_.workload = Verdict::False("Progressing", "x");
  EXPECT_EQ(Condition(Build(), api::kReady), "False Progressing");
  record_.accepted = Verdict::False("Conflict", "x");
  EXPECT_EQ(Condition(Build(), api::kReady), "False Conflict");
}

TEST_F(StatusBuilder, NothingIsReadyBeforeTheFirstLook) {
  record_ = ServiceRecord();
  EXPECT_EQ(Condition(Build(), api::kReady), "Unknown Pending");
}

TEST_F(StatusBuilder, DemandAvailableSaysWhatPrometheusSays) {
  EXPECT_EQ(Condition(Build(), api::kDemandAvailable), "Unknown Pending");
  record_.reading = Value(12);
  EXPECT_EQ(Condition(Build(), api::kDemandAvailable), "False Outdated");
  record_.reading_at = kMorning;
  EXPECT_EQ(Condition(Build(), api::kDemandAvailable), "True Fresh");
  record_.reading = prom::Reading{.state = prom::Reading::State::kZero};
  EXPECT_EQ(Condition(Build(), api::kDemandAvailable), "True Zero");
  record_.reading = Missing();
  EXPECT_EQ(Condition(Build(), api::kDemandAvailable), "False TargetsDown");
  record_.reading = Value(12);
  record_.reading->reason = prom::Reason::kPartial;
  record_.reading->message = "a part may be missing";
  EXPECT_EQ(Condition(Build(), api::kDemandAvailable), "True Partial");
}

TEST_F(StatusBuilder, ForecastReadySaysHowFarTheHistoryIs) {
  EXPECT_EQ(Condition(Build(), api::kForecastReady), "Unknown ReadingHistory");
  record_.history_problem = "Prometheus is away";
  const api::ServiceStatus failed = Build();
  EXPECT_EQ(Condition(failed, api::kForecastReady), "False HistoryUnavailable");
  EXPECT_THAT(api::FindCondition(failed.conditions, api::kForecastReady)->message, HasSubstr("Prometheus is away"));
  record_.history = HistoryState::kLoaded;
  EXPECT_EQ(Condition(Build(), api::kForecastReady), "False InsufficientHistory");
}

TEST_F(StatusBuilder, AutoscalerActiveMirrorsTheHpa) {
  EXPECT_EQ(Condition(Build(), api::kAutoscalerActive), "Unknown Pending");
  LiveAutoscaler autoscaler = OwnAutoscaler(2);
  EXPECT_EQ(Condition(Build(&autoscaler), api::kAutoscalerActive), "Unknown Pending");
  autoscaler.scaling_active = "True";
  EXPECT_EQ(Condition(Build(&autoscaler), api::kAutoscalerActive), "True ScalingActive");
  autoscaler.scaling_active = "False";
  autoscaler.scaling_reason = "FailedGetResourceMetric";
  EXPECT_EQ(Condition(Build(&autoscaler), api::kAutoscalerActive), "False FailedGetResourceMetric");
  autoscaler.controller_uid = "u-other";
  EXPECT_EQ(Condition(Build(&autoscaler), api::kAutoscalerActive), "Unknown Pending");
}

TEST_F(StatusBuilder, ReportsTheDecisionWithItsFigures) {
  record_.history = HistoryState::kLoaded;
  TakeReading(Value(95), kMorning, record_);
  Assess(cached_, nullptr, {test::kStart, kMorning}, record_);
  const api::ServiceStatus status = Build();
  EXPECT_EQ(status.observed_generation, 3);
  EXPECT_EQ(status.floor, (api::FloorStatus{.current = 10,
                                            .predicted = std::nullopt,
                                            .reactive = 10,
                                            .event = std::nullopt,
                                            .reason = "Demand",
                                            .since = kMorning}));
  EXPECT_EQ(status.explanation, record_.decision->explanation);
  EXPECT_EQ(status.demand, (api::DemandStatus{.current = 95, .unit = "requests/s", .at = kMorning, .source = "query"}));
  EXPECT_EQ(status.capacity, (api::CapacityStatus{10, "PerReplica", std::nullopt, ""}));
  EXPECT_EQ(status.forecast, std::nullopt);
}

TEST_F(StatusBuilder, KeepsTheLastDemandThatWasKnown) {
  record_.written.demand = api::DemandStatus{.current = 95, .unit = "requests/s", .at = kMorning, .source = "query"};
  record_.reading = Missing();
  EXPECT_EQ(Build().demand, record_.written.demand);
}

TEST_F(StatusBuilder, KeepsTheFloorWhileTheSpecIsInvalid) {
  record_.written.floor = test::FloorOf(12);
  kube::Json object = SampleService();
  object["spec"]["replicas"]["max"] = 0;
  cached_ = Cached(object);
  ASSERT_FALSE(cached_.service.spec.ok());
  record_.accepted = Verdict::False("InvalidSpec", cached_.service.spec.error().message);
  const api::ServiceStatus status = Build();
  EXPECT_EQ(status.floor, record_.written.floor);
  EXPECT_EQ(Condition(status, api::kReady), "False InvalidSpec");
}

TEST_F(StatusBuilder, WithoutPredictionThereIsNoWordOfDemandOrForecast) {
  record_.reading = Value(95);
  record_.written = Build();
  kube::Json object = SampleService();
  object["spec"]["prediction"]["mode"] = "Off";
  cached_ = Cached(object);
  Assess(cached_, nullptr, {test::kStart, kMorning}, record_);
  const api::ServiceStatus status = Build();
  EXPECT_EQ(Condition(status, api::kDemandAvailable), "");
  EXPECT_EQ(Condition(status, api::kForecastReady), "");
  EXPECT_EQ(status.demand, std::nullopt);
  EXPECT_EQ(status.floor->current, 2);
}

TEST_F(StatusBuilder, ATransitionTimeMovesOnlyWithTheStatus) {
  record_.written = BuildStatus(cached_, record_, nullptr, kMorning);
  const auto later = BuildStatus(cached_, record_, nullptr, kMorning + std::chrono::hours(1));
  EXPECT_EQ(api::FindCondition(later.conditions, api::kReady)->last_transition_time, kMorning);
}

}  // namespace
}  // namespace dso::controller
