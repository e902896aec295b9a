#include "controller/status_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/assess.h"
#include "controller/forecasting.h"
#include "tests/controller/live_pods.h"
#include "tests/controller/taught.h"

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
    Prepare(cached_, test::At(kMorning), record_);
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
  record_.learner = std::move(record_.next_learner);
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
  record_.learner = std::move(record_.next_learner);
  record_.history = HistoryState::kLoaded;
  test::Take(Value(95), kMorning, record_);
  Assess(cached_, nullptr, {test::kStart, kMorning}, record_);
  const api::ServiceStatus status = Build();
  EXPECT_EQ(status.observed_generation, 3);
  api::FloorStatus floor = test::FloorOf(10);
  floor.reactive = 10;
  floor.reason = "Demand";
  floor.since = kMorning;
  EXPECT_EQ(status.floor, floor);
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

// A record that has learned `demand` a day long, and has been looked at.
class StatusOfALearner : public StatusBuilder {
 protected:
  void SetUp() override {
    StatusBuilder::SetUp();
    ServiceRecord taught = test::Taught(cached_, [](WallTime at) {
      const auto hour = std::chrono::floor<std::chrono::hours>(at.time_since_epoch()).count() % 24;
      return hour >= 12 && hour < 14 ? 90.0 : 15.0;
    });
    record_.learner = std::move(taught.learner);
    record_.history = HistoryState::kLoaded;
    Look();
  }
  void Look() {
    test::Take(Value(15), kMorning, record_);
    Assess(cached_, nullptr, {test::kStart, kMorning}, record_);
  }
  void LearnCapacity() {
    cached_.service.spec->capacity = api::LearnedCapacity{.min = 8, .max = 50, .target_utilization_percent = 100};
    Look();
  }
};

TEST_F(StatusOfALearner, TellsOfTheForecastAndTheNextPeak) {
  const api::ServiceStatus status = Build();
  EXPECT_EQ(Condition(status, api::kForecastReady), "True Forecasting");
  ASSERT_TRUE(status.forecast);
  EXPECT_EQ(status.forecast->expected, record_.forecast.expected);
  EXPECT_EQ(status.forecast->quantile, record_.forecast.quantile);
  EXPECT_EQ(status.forecast->by, kMorning + record_.look_ahead.lead);
  EXPECT_NEAR(status.forecast->next_peak, 90, 15);
  EXPECT_GE(status.forecast->next_peak_at, kMorning + std::chrono::minutes(170));
  EXPECT_LE(status.forecast->next_peak_at, kMorning + std::chrono::minutes(310));
}

TEST_F(StatusOfALearner, HasNoForecastOfALearnerThatWasNotAskedYet) {
  // A capacity that is invalid ends a look before the forecast is asked for.
  record_.learner = NewLearner(record_);
  ASSERT_EQ(record_.forecast.state, decide::Forecast::State::kReady);
  EXPECT_EQ(Build().forecast, std::nullopt);
}

TEST_F(StatusOfALearner, TellsOfTheScore) {
  const api::ServiceStatus active = Build();
  ASSERT_TRUE(active.score);
  EXPECT_GT(active.score->scored, std::chrono::hours(90));
  EXPECT_THAT(active.score->text, testing::AllOf(HasSubstr("simulated"), HasSubstr("against the HPA alone")));
  cached_.service.spec->prediction.mode = api::PredictionMode::kShadow;
  EXPECT_THAT(Build().score->text, HasSubstr("would have"));
  record_.learner = std::make_unique<Learner>(*record_.learned_for, std::nullopt);
  EXPECT_EQ(Build().score, std::nullopt) << "without a plan";
}

TEST_F(StatusOfALearner, ScoresInPercent) {
  sim::Score::Summary score = record_.learner->score()->Last7Days(kMorning);
  ASSERT_GT(score.lost_alone, 0);
  const api::ScoreStatus status = Build().score.value();
  EXPECT_NEAR(status.avoided_loss_percent, 100 * (1 - score.lost_with / score.lost_alone), 0.05001);
  EXPECT_NEAR(status.extra_cost_percent, 100 * (score.replica_hours_with / score.replica_hours_alone - 1), 0.05001);
}

TEST_F(StatusOfALearner, TellsWhatTheCapacityWasLearnedFrom) {
  LearnCapacity();
  const api::CapacityStatus capacity = Build().capacity.value();
  EXPECT_EQ(capacity.source, "Learned");
  EXPECT_EQ(capacity.learned, 8);
  EXPECT_NE(capacity.evidence, "");
  EXPECT_EQ(capacity.per_replica, record_.capacity->per_replica);
}

TEST_F(StatusOfALearner, ExplainsTheLeadByTheStartUp) {
  // A moment before the peak of each noon the forecast decides.
  const WallTime noon = kMorning + std::chrono::hours(3) - std::chrono::minutes(3);
  for (WallTime at = kMorning; at <= noon; at += std::chrono::minutes(1)) {
    test::Take(Value(15), at, record_);
    Assess(cached_, nullptr, test::At(at), record_);
  }
  ASSERT_EQ(record_.decision->reason, decide::FloorReason::kForecast);
  EXPECT_THAT(Build().explanation, HasSubstr("start-up assumed 5m + sync, HPA and scrape"));
}

TEST_F(StatusBuilder, TellsWhereTheLeadTimeComesFrom) {
  const auto lead = [&] {
    Assess(cached_, nullptr, {test::kStart, kMorning}, record_);
    return Build().lead_time.value();
  };
  EXPECT_EQ(lead().current, std::chrono::minutes(5) + seconds(45));
  EXPECT_EQ(lead().source, "Prior");
  EXPECT_EQ(lead().start_up_p90, std::nullopt);
  test::HearScaleUps(3, std::chrono::minutes(2), kMorning, record_);
  EXPECT_EQ(lead(), (api::LeadTimeStatus{.current = std::chrono::minutes(2) + seconds(45),
                                         .source = "Learned",
                                         .start_up_p90 = std::chrono::minutes(2),
                                         .batches = 3,
                                         .scheduling_p50 = seconds(0),
                                         .pulling_p50 = seconds(60),
                                         .readying_p50 = seconds(60)}));
  cached_.service.spec->prediction.lead_time = std::chrono::minutes(9);
  EXPECT_EQ(lead().current, std::chrono::minutes(9));
  EXPECT_EQ(lead().source, "Spec");
  EXPECT_EQ(lead().start_up_p90, std::chrono::minutes(2)) << "for whoever wants to know whether it fits";
}

TEST_F(StatusBuilder, LeadTimeReliableSaysWhatTheLeadRestsOn) {
  const auto condition = [&] {
    Assess(cached_, nullptr, {test::kStart, kMorning}, record_);
    return Condition(Build(), api::kLeadTimeReliable);
  };
  EXPECT_EQ(condition(), "Unknown Learning");
  test::HearScaleUps(3, std::chrono::minutes(2), kMorning, record_);
  EXPECT_EQ(condition(), "True Learned");
  LivePod unprobed = test::ReadyPod("x", kMorning - std::chrono::minutes(3), std::chrono::minutes(2));
  unprobed.start.probed = false;
  test::Hear("x", unprobed, kMorning, record_);
  EXPECT_EQ(condition(), "False NoReadinessProbe");
  cached_.service.spec->prediction.lead_time = std::chrono::minutes(9);
  EXPECT_EQ(condition(), "") << "a person has said so";
}

TEST_F(StatusBuilder, ATransitionTimeMovesOnlyWithTheStatus) {
  record_.written = BuildStatus(cached_, record_, nullptr, kMorning);
  const auto later = BuildStatus(cached_, record_, nullptr, kMorning + std::chrono::hours(1));
  EXPECT_EQ(api::FindCondition(later.conditions, api::kReady)->last_transition_time, kMorning);
}

}  // namespace
}  // namespace dso::controller
