// What the controller relies on in a ForecasterClient: the real one against a real gRPC server, and the fake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "rpc/forecaster_answer.h"
#include "rpc/forecaster_channel.h"
#include "tests/http/loop_thread.h"
#include "tests/rpc/fake_forecaster.h"
#include "tests/rpc/forecaster_server.h"
#include "tests/support/fake_loop.h"

namespace dso::rpc {
namespace {

using test::ScriptedForecaster;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr WallTime kNow{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1} + std::chrono::hours(9)};
constexpr milliseconds kStep = std::chrono::minutes(1);
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

FitRequest History() {
  return {.series = {"prod", "chat", "requests/s"},
          .history = {.start = kNow - std::chrono::hours(1), .step = std::chrono::minutes(5), .values = {1.5, kNan, 3}},
          .time_zone = "Europe/Berlin",
          .horizon = std::chrono::minutes(6),
          .quantiles = {0.5, 0.9}};
}

PredictRequest Question() {
  return {.series = {"prod", "chat", "requests/s"},
          .recent = {.start = kNow - 2 * kStep, .step = kStep, .values = {1.5, kNan, 3}},
          .horizon = 6 * kStep,
          .step = kStep,
          .quantiles = {0.5, 0.9}};
}

// A subject offers the client of a script, and runs its tasks.
struct RealForecaster {
  template <typename Start>
  auto Run(const Start& start) {
    return http::LoopThread::Get().Run(start);
  }
  void TakeAway() { server.reset(); }
  // Requests the stop when the call is under way.
  void StopWhileItHangs(std::stop_source& source) {
    http::LoopThread::Get().loop().Post([&source] { source.request_stop(); });
  }

  std::shared_ptr<ScriptedForecaster> script = std::make_shared<ScriptedForecaster>();
  std::unique_ptr<test::ForecasterServer> server = std::make_unique<test::ForecasterServer>(script);
  std::unique_ptr<ForecasterClient> client =
      ConnectToForecaster(http::LoopThread::Get().loop(), {.name = "real", .address = server->address()});
  milliseconds patience = seconds(60);
  milliseconds short_patience{200};
};

struct FakeForecaster {
  template <typename Start>
  auto Run(const Start& start) {
    return RunTask(loop, start());
  }
  void TakeAway() { client->set_absent(true); }
  void StopWhileItHangs(std::stop_source& source) {
    loop.RunAfter(seconds(1), [&source] { source.request_stop(); });
  }

  FakeLoop loop;
  std::shared_ptr<ScriptedForecaster> script = std::make_shared<ScriptedForecaster>();
  std::unique_ptr<test::FakeForecasterClient> client = std::make_unique<test::FakeForecasterClient>(loop, script);
  milliseconds patience = seconds(60);
  milliseconds short_patience = seconds(2);
};

template <typename Subject>
class ForecasterContract : public testing::Test {
 protected:
  Result<std::string> Fit() {
    return subject_.Run([&] { return subject_.client->Fit(History(), subject_.patience, {}); });
  }
  Result<Prediction> Predict() {
    return subject_.Run([&] { return subject_.client->Predict(Question(), subject_.patience, {}); });
  }
  void AnswerWith(Prediction answer) {
    subject_.script->set_on_predict(
        [answer = std::move(answer)](const PredictRequest&) -> Result<Prediction> { return answer; });
  }
  // Of an answer that is right but for `change`.
  template <typename Change>
  std::string ComplaintAbout(Change change) {
    Prediction answer = ScriptedForecaster::Flat(Question(), 10);
    change(answer);
    AnswerWith(std::move(answer));
    const Result<Prediction> predicted = Predict();
    if (predicted) return "";
    EXPECT_EQ(predicted.error().code, ErrorCode::kInternal);
    EXPECT_THAT(predicted.error().message, HasSubstr("its answer cannot be used"));
    return predicted.error().message;
  }

  Subject subject_;
};

using Subjects = ::testing::Types<RealForecaster, FakeForecaster>;
TYPED_TEST_SUITE(ForecasterContract, Subjects);

TYPED_TEST(ForecasterContract, FitPassesTheWholeHistoryOn) {
  const Result<std::string> model = this->Fit();
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(*model, "flat");
  const auto fits = this->subject_.script->fits();
  ASSERT_EQ(fits.size(), 1u);
  EXPECT_EQ(fits[0].series.namespace_name, "prod");
  EXPECT_EQ(fits[0].series.service, "chat");
  EXPECT_EQ(fits[0].series.unit, "requests/s");
  EXPECT_EQ(fits[0].history.start, kNow - std::chrono::hours(1));
  EXPECT_EQ(fits[0].history.step, std::chrono::minutes(5));
  EXPECT_THAT(fits[0].history.values, ElementsAre(1.5, ::testing::IsNan(), 3));
  EXPECT_EQ(fits[0].time_zone, "Europe/Berlin");
  EXPECT_EQ(fits[0].horizon, std::chrono::minutes(6));
  EXPECT_THAT(fits[0].quantiles, ElementsAre(0.5, 0.9));
}

TYPED_TEST(ForecasterContract, PredictGivesThePathThatWasAskedFor) {
  const Result<Prediction> answer = this->Predict();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->model, "flat");
  ASSERT_EQ(answer->path.size(), 6u);
  EXPECT_EQ(answer->path.front().at, kNow + kStep);
  EXPECT_EQ(answer->path.back().at, kNow + 6 * kStep);
  EXPECT_EQ(answer->path.back().expected, 1);
  EXPECT_THAT(answer->path.back().quantiles, ElementsAre(2, 3));
  const auto asked = this->subject_.script->predictions();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].now(), kNow);
  EXPECT_THAT(asked[0].recent.values, ElementsAre(1.5, ::testing::IsNan(), 3));
  EXPECT_EQ(asked[0].horizon, 6 * kStep);
  EXPECT_EQ(asked[0].step, kStep);
}

TYPED_TEST(ForecasterContract, AYearInStepsOfFiveMinutesFits) {
  FitRequest year = History();
  year.history.values.assign(110'000, 12.5);
  const Result<std::string> model =
      this->subject_.Run([&] { return this->subject_.client->Fit(year, this->subject_.patience, {}); });
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(this->subject_.script->fits().at(0).history.values.size(), 110'000u);
}

TYPED_TEST(ForecasterContract, ErrorsKeepTheirCodes) {
  for (const ErrorCode code :
       {ErrorCode::kInvalidArgument, ErrorCode::kNotFound, ErrorCode::kConflict, ErrorCode::kResourceExhausted,
        ErrorCode::kUnauthenticated, ErrorCode::kPermissionDenied, ErrorCode::kUnavailable, ErrorCode::kInternal}) {
    this->subject_.script->set_on_fit([&](const FitRequest&) -> Result<std::string> { return Error{code, "so"}; });
    this->subject_.script->set_on_predict([&](const PredictRequest&) -> Result<Prediction> {
      return Error{code, "so"};
    });
    const auto fitted = this->Fit();
    ASSERT_FALSE(fitted);
    EXPECT_EQ(fitted.error().code, code);
    EXPECT_THAT(fitted.error().message, HasSubstr("so"));
    const auto predicted = this->Predict();
    ASSERT_FALSE(predicted);
    EXPECT_EQ(predicted.error().code, code);
  }
}

TYPED_TEST(ForecasterContract, OneThatHangsIsGivenUp) {
  this->subject_.script->set_hangs(true);
  const Result<Prediction> answer =
      this->subject_.Run([&] { return this->subject_.client->Predict(Question(), this->subject_.short_patience, {}); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kDeadlineExceeded);
  this->subject_.script->set_hangs(false);
  EXPECT_TRUE(this->Predict()) << "the next one is answered";
}

TYPED_TEST(ForecasterContract, AStopEndsACallThatHangs) {
  this->subject_.script->set_hangs(true);
  std::stop_source stop;
  this->subject_.StopWhileItHangs(stop);
  const Result<std::string> fitted = this->subject_.Run(
      [&] { return this->subject_.client->Fit(History(), this->subject_.patience, stop.get_token()); });
  ASSERT_FALSE(fitted);
  EXPECT_EQ(fitted.error().code, ErrorCode::kCancelled);
}

TYPED_TEST(ForecasterContract, AfterAStopNobodyIsAsked) {
  std::stop_source stop;
  stop.request_stop();
  const Result<Prediction> answer = this->subject_.Run(
      [&] { return this->subject_.client->Predict(Question(), this->subject_.patience, stop.get_token()); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(this->subject_.script->predictions().empty());
}

TYPED_TEST(ForecasterContract, OneThatIsNotThereIsUnavailable) {
  this->subject_.TakeAway();
  const Result<Prediction> answer = this->Predict();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("it cannot be reached"));
}

TYPED_TEST(ForecasterContract, AnAnswerThatBreaksTheContractIsRefusedWithTheReason) {
  const auto about = [this](auto change) { return this->ComplaintAbout(change); };
  EXPECT_EQ(about([](Prediction&) {}), "");
  EXPECT_THAT(about([](Prediction& p) { p.path.clear(); }), HasSubstr("the path has no points"));
  EXPECT_THAT(about([](Prediction& p) { p.path.resize(1'001, p.path.back()); }), HasSubstr("1001 points"));
  EXPECT_THAT(about([](Prediction& p) { p.path[2].expected = kNan; }), HasSubstr("point 2: expected is not a number"));
  EXPECT_THAT(about([](Prediction& p) { p.path[2].expected = -1; }), HasSubstr("point 2: expected is negative"));
  EXPECT_THAT(about([](Prediction& p) { p.path[2].expected = INFINITY; }), HasSubstr("expected is infinite"));
  EXPECT_THAT(about([](Prediction& p) { p.path[2].expected = 1e300; }), HasSubstr("expected is above 1e12"));
  EXPECT_THAT(about([](Prediction& p) { p.path[3].quantiles = {1}; }),
              HasSubstr("it has 1 quantiles, asked for were 2"));
  EXPECT_THAT(about([](Prediction& p) { p.path[3].quantiles = {2, 1}; }), HasSubstr("not ascending"));
  EXPECT_THAT(about([](Prediction& p) { p.path[3].quantiles = {1, kNan}; }), HasSubstr("a quantile is not a number"));
  EXPECT_THAT(about([](Prediction& p) { std::swap(p.path[1], p.path[2]); }), HasSubstr("is not after the one before"));
  EXPECT_THAT(about([](Prediction& p) { p.path.back().at += std::chrono::hours(24 * 365'000); }),
              HasSubstr("outside of the time"));
  EXPECT_THAT(about([](Prediction& p) { p.path.front().at = kNow - kStep; }), HasSubstr("outside of the time"));
  EXPECT_THAT(about([](Prediction& p) { p.path.resize(3); }), HasSubstr("ends before the horizon"));
}

TYPED_TEST(ForecasterContract, AClockThatIsAStepOffIsForgiven) {
  EXPECT_EQ(this->ComplaintAbout([](Prediction& p) {
    for (PredictedPoint& point : p.path) point.at += kStep;
  }),
            "");
}

}  // namespace
}  // namespace dso::rpc
