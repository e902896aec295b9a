#include "controller/forecasting.h"

#include <gtest/gtest.h>

#include "controller/assess.h"
#include "controller/status_builder.h"
#include "tests/controller/live_pods.h"
#include "tests/controller/taught.h"

namespace dso::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::At;
using test::Cached;
using test::kMorning;
using test::Take;
using test::Taught;
using test::Value;
using State = decide::Forecast::State;

class EnsureLearnerTest : public testing::Test {
 protected:
  State Look(WallTime at = kMorning) {
    Take(Value(95), at, record_);
    Assess(cached_, nullptr, At(at), record_);
    return record_.forecast.state;
  }
  api::PredictionSpec& prediction() { return cached_.service.spec->prediction; }

  CachedService cached_ = Cached();
  ServiceRecord record_ = Taught(cached_, test::Always(95));
};

TEST_F(EnsureLearnerTest, TheOneBeforeGoesOnWhileTheHistoryIsReadAgain) {
  ASSERT_EQ(Look(), State::kReady);
  const Learner* const before = record_.learner.get();
  prediction().lead_time = minutes(20);
  EXPECT_EQ(Look(kMorning + seconds(15)), State::kReady);
  EXPECT_EQ(record_.learner.get(), before);
  EXPECT_EQ(record_.history, HistoryState::kWanted);
  EXPECT_EQ(record_.next_learner->forecaster().status().samples, 0u);
  const size_t samples = before->forecaster().status().samples;
  EXPECT_EQ(Look(kMorning + minutes(10)), State::kReady) << "for the longer lead, too";
  EXPECT_GT(before->forecaster().status().samples, samples) << "and it learns on";
}

TEST_F(EnsureLearnerTest, GoesOnHoweverOftenTheKeyChanges) {
  Look();
  for (int i = 1; i <= 20; ++i) {
    prediction().lead_time = minutes(5 + i);
    prediction().quantile = 0.5 + 0.02 * i;
    EXPECT_EQ(Look(kMorning + minutes(i)), State::kReady);
  }
}

TEST_F(EnsureLearnerTest, AnotherDemandDropsTheOneBefore) {
  Look();
  cached_.service.spec->demand->query = "sum(y)";
  Prepare(cached_, At(kMorning), record_);
  EXPECT_EQ(record_.learner, nullptr);
  EXPECT_FALSE(record_.reading.has_value()) << "the answer was about something else";
  EXPECT_NE(record_.next_learner, nullptr);
  EXPECT_EQ(AskForecaster(record_, kMorning).state, State::kLoading);
}

TEST_F(EnsureLearnerTest, ShadowAndPacesGoOnWithTheSame) {
  Look();
  const Learner* const before = record_.learner.get();
  prediction().mode = api::PredictionMode::kShadow;
  prediction().max_raise = api::PaceLimit{1, 0};
  prediction().lead_time = record_.look_ahead.lead;  // what Auto has come to
  Look();
  EXPECT_EQ(record_.learner.get(), before);
  EXPECT_EQ(record_.history, HistoryState::kLoaded);
}

TEST_F(EnsureLearnerTest, ALoadThatIsUnderWayIsOvertaken) {
  prediction().lead_time = minutes(20);
  record_.history = HistoryState::kLoading;
  record_.history_load = 7;
  record_.history_retry_at = At(kMorning + hours(1)).steady;
  record_.history_problem = "Prometheus is away";
  Prepare(cached_, At(kMorning), record_);
  EXPECT_EQ(record_.history, HistoryState::kWanted);
  EXPECT_NE(record_.history_load, 7u);
  EXPECT_EQ(record_.history_retry_at, SteadyTime()) << "at once";
  EXPECT_EQ(record_.history_problem, "");
}

TEST_F(EnsureLearnerTest, AfterOffTheHistoryIsReadAnew) {
  prediction().mode = api::PredictionMode::kOff;
  Prepare(cached_, At(kMorning), record_);
  ASSERT_EQ(record_.learner, nullptr);
  prediction().mode = api::PredictionMode::kActive;
  Prepare(cached_, At(kMorning), record_);
  EXPECT_EQ(record_.history, HistoryState::kWanted);
  EXPECT_NE(record_.next_learner, nullptr);
}

TEST_F(EnsureLearnerTest, AJumpOfTheClockIsNoReasonForLaterReloads) {
  const auto reason = [&](decide::Now now) {
    Assess(cached_, nullptr, now, record_);
    const api::ServiceStatus status = BuildStatus(cached_, record_, nullptr, now.wall);
    return api::FindCondition(status.conditions, api::kForecastReady)->reason;
  };
  Look();
  const WallTime jumped = kMorning + hours(1);
  EXPECT_EQ(reason({test::kStart, jumped}), "ClockJumped");
  prediction().lead_time = minutes(20);
  EXPECT_EQ(reason({test::kStart, jumped}), "ClockJumped") << "what is in use is still what was learned before";
  record_.history = HistoryState::kLoaded;
  EXPECT_EQ(reason({test::kStart, jumped}), "Forecasting");
  prediction().lead_time = minutes(25);
  EXPECT_EQ(reason({test::kStart, jumped}), "Forecasting");
  EXPECT_EQ(record_.history, HistoryState::kWanted);
}

TEST_F(EnsureLearnerTest, ALeadThatIsLearnedWhileItIsUsedLosesNoForecast) {
  prediction().lead_time.reset();
  Look();
  const milliseconds before = record_.look_ahead.lead;
  test::HearScaleUps(4, minutes(14), kMorning, record_);
  EXPECT_EQ(Look(kMorning + minutes(1)), State::kReady);
  EXPECT_GT(record_.look_ahead.lead, before);
  EXPECT_EQ(record_.history, HistoryState::kWanted);
  const api::ServiceStatus status = BuildStatus(cached_, record_, nullptr, kMorning + minutes(1));
  EXPECT_TRUE(status.forecast.has_value());
  EXPECT_TRUE(api::IsTrue(status.conditions, api::kForecastReady));
}

}  // namespace
}  // namespace dso::controller
