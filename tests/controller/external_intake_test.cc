// An external forecaster from the spec to the floor: what it is asked, when it is heeded, and that nothing waits for
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/controller/controller_fixture.h"
#include "tests/rpc/fake_forecaster.h"

namespace dso::controller {
namespace {

using kube::Json;
using rpc::FitRequest;
using rpc::Prediction;
using rpc::PredictRequest;
using rpc::test::FakeForecasterClient;
using rpc::test::ScriptedForecaster;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::kServicePath;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kCondition = "ExternalForecasterAvailable";
constexpr double kUsual = 18;  // requests/s: two replicas, also with a margin of one
// 30 predictions, of which the first comes true after a lead of five minutes; and what reading a history takes.
constexpr minutes kJudged(40);

class ExternalIntakeTest : public test::ControllerTest {
 protected:
  struct Named {
    std::shared_ptr<ScriptedForecaster> script = std::make_shared<ScriptedForecaster>();
    std::shared_ptr<FakeForecasterClient> client;
  };

  void SetUp() override {
    AddPrometheus("default", /*allow_custom_queries=*/true);
    prometheus_.Define("demand", {{{}, [this](WallTime) -> std::optional<double> { return demand_; }}});
    prophet_ = Configure({.name = "prophet", .address = "localhost:1"});
    Says(prophet_, [](const PredictRequest&) { return kUsual; });
  }
  Named Configure(rpc::ForecasterConfig config) {
    Named named;
    named.client = std::make_shared<FakeForecasterClient>(loop_, named.script);
    options_.forecasters.push_back({std::move(config), named.client});
    return named;
  }
  template <typename Demand>
  static void Says(Named& forecaster, Demand demand) {
    forecaster.script->set_on_predict([demand](const PredictRequest& request) -> Result<Prediction> {
      return ScriptedForecaster::Flat(request, demand(request));
    });
  }
  static std::string PathOf(const std::string& name, const std::string& ns = "prod") {
    return "/apis/deepseek-operator.dev/v1alpha1/namespaces/" + ns + "/deepseekservices/" + name;
  }
  static Json Service(const std::string& model = "external/prophet") {
    Json service = Chat();
    service["spec"]["demand"] = {{"query", "demand"}, {"unit", "requests/s"}};
    service["spec"]["capacity"] = {{"perReplica", "10"}, {"targetUtilizationPercent", 100}};
    service["spec"]["prediction"] = {{"history", "2d"}, {"leadTime", "5m"}, {"model", model}};
    return service;
  }
  void Put(const std::string& name, const std::string& model = "external/prophet", const std::string& ns = "prod") {
    Json service = Service(model);
    service["metadata"]["name"] = name;
    service["metadata"]["namespace"] = ns;
    service["metadata"]["uid"] = "u-" + name;
    server_.Put(PathOf(name, ns), service);
  }
  Json Status() const { return At(kServicePath).value("status", Json::object()); }
  // To prophet, as the metrics tell.
  size_t CountRequests(const std::string& code) const {
    const std::string metrics = metrics_.Serialize();
    const std::string series = "requests_total{code=\"" + code + "\",forecaster=\"prophet\",method=\"Predict\"} ";
    const size_t at = metrics.find(series);
    return at == metrics.npos ? 0 : std::stoul(metrics.substr(at + series.size()));
  }
  std::string Message() const { return Condition(kCondition, "message"); }

  double demand_ = kUsual;
  Named prophet_;
};

TEST_F(ExternalIntakeTest, OneThatIsRightAndKnowsOfAPeakRaisesTheFloor) {
  server_.Put(kServicePath, Service());
  Start(minutes(10));
  EXPECT_EQ(Verdict(kCondition), "Unknown Learning");
  loop_.Advance(kJudged);
  EXPECT_EQ(Verdict(kCondition), "True Heeded");
  EXPECT_EQ(Floor(), 2);

  Says(prophet_, [](const PredictRequest&) { return 125.0; });
  loop_.Advance(minutes(1) + seconds(15));
  EXPECT_EQ(Floor(), 13);
  loop_.Advance(minutes(1));
  EXPECT_THAT(Status()["explanation"], HasSubstr("forecast by external/prophet of the peak"));
  const Json external = Status()["forecast"]["external"];
  EXPECT_EQ(external["forecaster"], "prophet");
  EXPECT_EQ(external["model"], "flat");
  EXPECT_EQ(external["expected"], "125");
  EXPECT_EQ(external["quantile"], "126");
  const std::string metrics = metrics_.Serialize();
  EXPECT_THAT(metrics,
              HasSubstr(R"(external_forecast_heeded{namespace="prod",service="chat",forecaster="prophet"} 1)"));
  EXPECT_THAT(metrics, HasSubstr(R"(external_forecast_expected_demand{namespace="prod",service="chat",)"
                                 R"(forecaster="prophet"} 125)"));
  EXPECT_THAT(metrics,
              HasSubstr("external_forecast_requests_total{code=\"OK\",forecaster=\"prophet\",method=\"Fit\"} 1"));
}

TEST_F(ExternalIntakeTest, OneThatIsWrongRaisesNothing) {
  Says(prophet_, [](const PredictRequest&) { return 125.0; });
  server_.Put(kServicePath, Service());
  Start(minutes(10));
  EXPECT_EQ(Verdict(kCondition), "Unknown Learning");
  EXPECT_EQ(Floor(), 2);
  loop_.Advance(hours(3));
  EXPECT_EQ(Verdict(kCondition), "False TooInaccurate");
  EXPECT_EQ(Floor(), 2);
  EXPECT_GT(std::stod(Status()["forecast"]["external"]["errorPercent"].get<std::string>()), 500);
}

TEST_F(ExternalIntakeTest, OneThatSaysLessLowersNothing) {
  demand_ = 100;
  Says(prophet_, [](const PredictRequest&) { return 97.0; });
  server_.Put(kServicePath, Service());
  Start(minutes(10));
  loop_.Advance(kJudged);
  ASSERT_EQ(Verdict(kCondition), "True Heeded");
  Says(prophet_, [](const PredictRequest&) { return 1.0; });
  loop_.Advance(minutes(3));
  EXPECT_EQ(Verdict(kCondition), "True Heeded") << "its errors show a lead later";
  EXPECT_GE(Floor(), 10);
}

TEST_F(ExternalIntakeTest, ItIsAskedOnceAMinuteAndGetsWhatTheContractSays) {
  server_.Put(kServicePath, Service());
  Start(minutes(30));
  const auto fits = prophet_.script->fits();
  ASSERT_THAT(fits, SizeIs(1));
  EXPECT_EQ(fits[0].series.namespace_name, "prod");
  EXPECT_EQ(fits[0].series.service, "chat");
  EXPECT_EQ(fits[0].series.unit, "requests/s");
  EXPECT_EQ(fits[0].time_zone, "UTC");
  EXPECT_EQ(fits[0].horizon, minutes(6));
  EXPECT_EQ(fits[0].quantiles, std::vector<double>{0.9});
  EXPECT_EQ(fits[0].history.step, minutes(5));
  EXPECT_NEAR(static_cast<double>(fits[0].history.values.size()), 576, 2) << "two days";
  EXPECT_THAT(fits[0].history.values, Each(kUsual));
  const WallTime end =
      fits[0].history.start + fits[0].history.step * static_cast<int64_t>(fits[0].history.values.size());
  EXPECT_LE(std::chrono::abs(end - FakeLoop::kDefaultStart), minutes(6));

  const auto predictions = prophet_.script->predictions();
  EXPECT_GE(predictions.size(), 28u);
  EXPECT_LE(predictions.size(), 31u);
  const PredictRequest& last = predictions.back();
  EXPECT_EQ(last.horizon, minutes(6)) << "the lead, and until the next question";
  EXPECT_EQ(last.step, minutes(1));
  EXPECT_EQ(last.recent.step, minutes(1));
  EXPECT_GE(last.recent.values.size(), 120u) << "two hours";
  EXPECT_LE(loop_.WallNow() - last.now(), minutes(1)) << "the last value is that of now";
  EXPECT_EQ(last.recent.values.back(), kUsual);
}

TEST_F(ExternalIntakeTest, AfterADayAllThatHasComeSinceFitIsSentAgain) {
  options_.forecasters[0].config.refit_interval = hours(100);
  server_.Put(kServicePath, Service());
  Start(hours(30));
  EXPECT_THAT(prophet_.script->predictions().back().recent.values, SizeIs(1440)) << "a day at most";
}

TEST_F(ExternalIntakeTest, ItIsFittedAgainAfterTheInterval) {
  options_.forecasters[0].config.refit_interval = hours(1);
  server_.Put(kServicePath, Service());
  Start(hours(3) + minutes(10));
  EXPECT_THAT(prophet_.script->fits(), SizeIs(4));
}

TEST_F(ExternalIntakeTest, AForecasterThatHasForgottenTheSeriesGetsItAgainAtOnce) {
  server_.Put(kServicePath, Service());
  Start(minutes(10));
  auto known = std::make_shared<bool>(false);
  prophet_.script->set_on_fit([known](const FitRequest&) -> Result<std::string> {
    *known = true;
    return std::string("after a restart");
  });
  prophet_.script->set_on_predict([known](const PredictRequest& request) -> Result<Prediction> {
    if (!*known) return Error{ErrorCode::kNotFound, "no such series"};
    return ScriptedForecaster::Flat(request, kUsual);
  });
  loop_.Advance(minutes(1) + seconds(15));
  EXPECT_THAT(prophet_.script->fits(), SizeIs(2));
  EXPECT_EQ(Verdict(kCondition), "Unknown Learning") << "it has answered meanwhile";
}

TEST_F(ExternalIntakeTest, OneThatForgetsWhateverItGetsIsNotSentItsHistoryEachMinute) {
  prophet_.script->set_on_predict([](const PredictRequest&) -> Result<Prediction> {
    return Error{ErrorCode::kNotFound, "no such series"};
  });
  server_.Put(kServicePath, Service());
  Start(hours(3));
  EXPECT_THAT(prophet_.script->fits(), SizeIs(AllOf(testing::Ge(6u), Le(12u))))
      << "after 1, 2, 4, 8, 16, 30, 30 … minutes";
  EXPECT_EQ(Verdict(kCondition), "False Failed");
  EXPECT_THAT(Message(), HasSubstr("NotFound: no such series"));
}

TEST_F(ExternalIntakeTest, OneThatLearnsInTheBackgroundIsLeftToIt) {
  prophet_.script->set_on_predict([](const PredictRequest&) -> Result<Prediction> {
    return Error{ErrorCode::kConflict, "epoch 3 of 10"};
  });
  server_.Put(kServicePath, Service());
  Start(minutes(9));
  EXPECT_THAT(prophet_.script->fits(), SizeIs(1));
  EXPECT_GE(prophet_.script->predictions().size(), 7u);
  EXPECT_EQ(Verdict(kCondition), "Unknown Fitting");
  EXPECT_THAT(Message(), HasSubstr("epoch 3 of 10"));
  loop_.Advance(minutes(5));
  EXPECT_THAT(prophet_.script->fits(), SizeIs(2)) << "it has had its time";
}

TEST_F(ExternalIntakeTest, AnswersThatBreakTheContractAreNoAnswers) {
  Says(prophet_, [](const PredictRequest&) { return std::nan(""); });
  server_.Put(kServicePath, Service());
  Start(hours(1));
  EXPECT_EQ(Verdict(kCondition), "False Failed");
  EXPECT_THAT(Message(), HasSubstr("its answer cannot be used: point 0: expected is not a number"));
  EXPECT_EQ(Floor(), 2);
  Says(prophet_, [](const PredictRequest&) { return kUsual; });
  loop_.Advance(minutes(3));
  EXPECT_EQ(Verdict(kCondition), "Unknown Learning");
}

TEST_F(ExternalIntakeTest, OneThatHangsCostsNothingButItsOwnSay) {
  server_.Put(kServicePath, Service());
  Start(minutes(5));
  loop_.Advance(kJudged);
  ASSERT_EQ(Verdict(kCondition), "True Heeded");
  prophet_.script->set_hangs(true);
  loop_.Advance(seconds(90));
  EXPECT_EQ(Verdict(kCondition), "True Heeded") << "the last answer is good for three minutes";
  demand_ = 150;
  loop_.Advance(minutes(1));
  EXPECT_GE(Floor(), 15) << "the demand of now, a sync period later";
  loop_.Advance(minutes(6));
  EXPECT_EQ(Verdict(kCondition), "False Unavailable");
  EXPECT_THAT(Message(), HasSubstr("no answer in time"));
  EXPECT_THAT(Message(), HasSubstr("After 3 failures in a row the circuit breaker is open"));
  const size_t asked = CountRequests("DeadlineExceeded");
  loop_.Advance(hours(1));
  EXPECT_LE(CountRequests("DeadlineExceeded") - asked, 15u) << "once in five minutes, in the end";
  EXPECT_THAT(Message(), HasSubstr("once in 5m at most"));

  demand_ = kUsual;
  prophet_.script->set_hangs(false);
  loop_.Advance(minutes(6));
  EXPECT_THAT(Verdict(kCondition), Not(HasSubstr("Unavailable"))) << "it is back";
}

TEST_F(ExternalIntakeTest, ItsAbsenceFromTheStartIsACondition) {
  prophet_.client->set_absent(true);
  server_.Put(kServicePath, Service());
  Start(minutes(10));
  EXPECT_EQ(Verdict(kCondition), "False Unavailable");
  EXPECT_EQ(Verdict("FloorApplied"), "True Applied");
  EXPECT_EQ(Verdict("ForecastReady"), "True Forecasting");
  EXPECT_EQ(Floor(), 2);
}

TEST_F(ExternalIntakeTest, OneThatComesLateIsFittedSoon) {
  prophet_.client->set_absent(true);
  server_.Put(kServicePath, Service());
  Start(hours(2));
  ASSERT_EQ(Verdict(kCondition), "False Unavailable");
  prophet_.client->set_absent(false);
  loop_.Advance(minutes(7));
  EXPECT_EQ(Verdict(kCondition), "Unknown Learning") << "the circuit breaker's longest pause is five minutes";
}

TEST_F(ExternalIntakeTest, ANameThatNobodyHasConfigured) {
  server_.Put(kServicePath, Service("external/oracle"));
  Start(minutes(10));
  EXPECT_EQ(Verdict(kCondition), "False NotConfigured");
  EXPECT_THAT(Message(), HasSubstr("\"oracle\""));
  EXPECT_EQ(Floor(), 2);
  ChangeSpec({{"prediction", {{"model", "Auto"}}}});
  loop_.Advance(seconds(30));
  EXPECT_EQ(Verdict(kCondition), "") << "only where one is picked";
  EXPECT_FALSE(Status()["forecast"].contains("external"));
}

TEST_F(ExternalIntakeTest, NamespacesThatAreNotNamedMayNotPickIt) {
  options_.forecasters[0].config.namespaces = {"staging"};
  server_.Put(kServicePath, Service());
  Put("other", "external/prophet", "staging");
  Start(minutes(10));
  EXPECT_EQ(Verdict(kCondition), "False NotAllowed");
  EXPECT_EQ(Verdict(kCondition, PathOf("other", "staging")), "Unknown Learning");
  for (const FitRequest& fit : prophet_.script->fits()) EXPECT_EQ(fit.series.namespace_name, "staging");
}

TEST_F(ExternalIntakeTest, WhatOneSeriesHasKeepsNoOtherWaiting) {
  prophet_.script->set_on_fit([](const FitRequest& request) -> Result<std::string> {
    if (request.series.service == "bad") return Error{ErrorCode::kInvalidArgument, "too short for me"};
    return std::string("flat");
  });
  Put("bad");
  Put("good");
  Start(hours(1));
  EXPECT_EQ(Verdict(kCondition, PathOf("bad")), "False Failed");
  EXPECT_EQ(Verdict(kCondition, PathOf("good")), "True Heeded");
}

TEST_F(ExternalIntakeTest, OneForecasterThatHangsKeepsNoOtherWaiting) {
  Named lstm = Configure({.name = "lstm", .address = "localhost:2"});
  lstm.script->set_hangs(true);
  Put("a", "external/lstm");
  Put("b");
  Start(hours(1));
  EXPECT_EQ(Verdict(kCondition, PathOf("a")), "False Unavailable");
  EXPECT_EQ(Verdict(kCondition, PathOf("b")), "True Heeded");
}

TEST_F(ExternalIntakeTest, SoManyRequestsAtOnceAsAreAllowed) {
  options_.forecasters[0].config.max_concurrent_requests = 2;
  prophet_.client->set_latency(seconds(1));
  for (int i = 0; i < 10; ++i) Put("chat-" + std::to_string(i));
  Start(minutes(30));
  EXPECT_LE(prophet_.client->most_under_way(), 3) << "two of Predict and one of Fit";
  EXPECT_THAT(prophet_.script->fits(), SizeIs(10));
  EXPECT_GE(prophet_.script->predictions().size(), 250u);
}

TEST_F(ExternalIntakeTest, WhoPicksOneLaterKeepsTheBuiltInForecast) {
  server_.Put(kServicePath, Service("Auto"));
  Start(minutes(10));
  ASSERT_EQ(Verdict("ForecastReady"), "True Forecasting");
  ChangeSpec({{"prediction", {{"model", "external/prophet"}}}});
  EXPECT_EQ(Verdict("ForecastReady"), "True Forecasting");
  loop_.Advance(minutes(2));
  EXPECT_EQ(Verdict("ForecastReady"), "True Forecasting");
  ASSERT_THAT(prophet_.script->fits(), SizeIs(1));
  EXPECT_THAT(prophet_.script->fits()[0].history.values, SizeIs(testing::Ge(570u)));
}

TEST_F(ExternalIntakeTest, AnotherForecasterIsJudgedAnew) {
  Configure({.name = "lstm", .address = "localhost:2"})
      .script->set_on_predict(
          [](const PredictRequest& request) -> Result<Prediction> { return ScriptedForecaster::Flat(request, 125); });
  server_.Put(kServicePath, Service());
  Start(minutes(5));
  loop_.Advance(kJudged);
  ASSERT_EQ(Verdict(kCondition), "True Heeded");
  ChangeSpec({{"prediction", {{"model", "external/lstm"}}}});
  loop_.Advance(minutes(5));
  EXPECT_EQ(Verdict(kCondition), "Unknown Learning");
  EXPECT_EQ(Floor(), 2);
}

TEST_F(ExternalIntakeTest, WhatAnEventHasMultipliedIsSentWithoutIt) {
  Json service = Service();
  service["spec"]["prediction"]["events"] = Json::array({{{"name", "sale"},
                                                          {"start", FormatTime(FakeLoop::kDefaultStart - hours(2))},
                                                          {"end", FormatTime(FakeLoop::kDefaultStart + hours(2))},
                                                          {"multiplier", "4"}}});
  server_.Put(kServicePath, service);
  Start(minutes(30));
  ASSERT_THAT(prophet_.script->fits(), SizeIs(testing::Ge(1u)));
  EXPECT_EQ(prophet_.script->fits()[0].history.values.front(), kUsual);
  EXPECT_EQ(prophet_.script->fits()[0].history.values.back(), kUsual / 4);
  EXPECT_EQ(prophet_.script->predictions().back().recent.values.back(), kUsual / 4);
}

TEST_F(ExternalIntakeTest, AModelThatIsNeverQuiteAtZeroDoesNotWriteTheStatusOfAnIdleService) {
  demand_ = 0;
  auto times = std::make_shared<int>(0);
  Says(prophet_, [times](const PredictRequest&) { return ++*times % 2 == 0 ? 0.001 : 0.002; });
  server_.Put(kServicePath, Service());
  Start(hours(1));
  const size_t before = server_.writes.size();
  loop_.Advance(hours(1));
  EXPECT_LE(server_.writes.size() - before, 2u) << "the history grows";
}

TEST_F(ExternalIntakeTest, AStopEndsWhatIsUnderWay) {
  prophet_.script->set_hangs(true);
  Put("a");
  Put("b");
  Start(seconds(30));
  EXPECT_GE(prophet_.client->under_way(), 1);
  Stop();
  EXPECT_EQ(prophet_.client->under_way(), 0);
}

TEST_F(ExternalIntakeTest, AServiceThatIsDeletedMeanwhileIsForgotten) {
  prophet_.client->set_latency(seconds(50));
  options_.forecasters[0].config.fit_timeout = seconds(60);
  server_.Put(kServicePath, Service());
  Start(seconds(30));
  ASSERT_EQ(prophet_.client->under_way(), 1);
  server_.Remove(kServicePath);
  loop_.Advance(minutes(5));
  EXPECT_EQ(prophet_.client->under_way(), 0);
  EXPECT_TRUE(prophet_.script->predictions().empty());
}

}  // namespace
}  // namespace dso::controller
