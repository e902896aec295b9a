// The whole controller on a service that has a season, with a Prometheus that goes away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/controller/controller_fixture.h"
#include "tests/controller/sample_pods.h"

namespace dso::controller {
namespace {

using kube::Json;
using std::chrono::hours;
using std::chrono::minutes;
using test::kServicePath;
using testing::HasSubstr;

// A Tuesday, in the middle of a morning that rises from eight to twelve.
constexpr WallTime kMorning{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1} + hours(9) + minutes(30)};

// 30 requests/s at night, 180 in the middle of the day, and a way between of four hours.
double Season(WallTime at) {
  const double hour = static_cast<double>((at.time_since_epoch() % hours(24)).count()) / 3.6e6;
  const double day = std::clamp(std::min(hour - 8, 20 - hour) / 4, 0.0, 1.0);
  return 30 + 150 * day;
}

class OutageTest : public test::ControllerTest {
 protected:
  OutageTest() : ControllerTest(kMorning) {}

  void SetUp() override {
    AddPrometheus();
    Serve(&Season, [](WallTime) { return 0.0; });
    Json service = Chat();
    service["spec"].update(Json::parse(R"json({
      "replicas": {"min": 2, "max": 40},
      "demand": {"preset": "deepseek"},
      "capacity": {"perReplica": "10", "targetUtilizationPercent": 80}
    })json"));
    server_.Put(kServicePath, service);
  }
  void Serve(prom::FakePrometheus::Value demand, prom::FakePrometheus::Value rejected) {
    const auto rendered = prom::RenderQueries(prom::Preset::kDeepseek, {});
    ASSERT_TRUE(rendered.ok());
    const prom::PresetQueries& queries = *rendered;
    const prom::Labels chat{{"namespace", "prod"}, {"service", "chat"}};
    const prom::FakePrometheus::Value now = [](WallTime at) {
      return static_cast<double>(at.time_since_epoch().count()) / 1000;
    };
    prometheus_.Define(queries.demand, {{chat, std::move(demand)}});
    prometheus_.Define(*queries.rejected, {{chat, std::move(rejected)}});
    prometheus_.Define(queries.freshness, {{chat, now}});
    prometheus_.Define(queries.targets, {{chat, now}});
  }
  std::string Explanation() const { return At(kServicePath)["status"]["explanation"]; }
};

TEST_F(OutageTest, TheFloorRisesOnTheForecastForHalfAnHour) {
  Start();
  loop_.Advance(minutes(29));
  ASSERT_EQ(Verdict("ForecastReady"), "True Forecasting");
  const int before = Floor();
  ASSERT_GE(before, std::ceil(Season(loop_.WallNow()) / 10));
  TakePrometheusAway();
  int last = before;
  for (int minute = 0; minute < 30; ++minute) {
    loop_.Advance(minutes(1));
    EXPECT_GE(Floor(), last) << "nothing is released";
    last = Floor();
    EXPECT_GE(last, std::ceil(Season(loop_.WallNow()) / 10)) << "the demand that nobody sees is carried";
  }
  EXPECT_GE(last, before + 2);
  EXPECT_THAT(Verdict("DemandAvailable"), HasSubstr("False"));
  EXPECT_EQ(Verdict("ForecastReady"), "True Forecasting");

  BringPrometheusBack();
  loop_.Advance(minutes(2));
  EXPECT_EQ(Verdict("DemandAvailable"), "True Fresh");
  EXPECT_LE(Floor() - last, 1) << "no jump";
  EXPECT_GE(Floor(), last);
}

TEST_F(OutageTest, NothingIsReleasedInADay) {
  Start();
  loop_.Advance(minutes(29));
  TakePrometheusAway();
  int last = Floor();
  for (int hour = 0; hour < 24 * 4; ++hour) {
    loop_.Advance(minutes(15));
    EXPECT_GE(Floor(), last);
    last = Floor();
  }
  EXPECT_GE(last, 18) << "it has followed the forecast to noon";
  EXPECT_LE(last, 40);
  EXPECT_THAT(Explanation(), HasSubstr("the demand is not known"));

  BringPrometheusBack();
  loop_.Advance(hours(12));  // to the night
  EXPECT_LT(Floor(), 10) << "and is released when there is something to go by";
}

TEST_F(OutageTest, AForecastThatIsLearnedAgainMeanwhileIsNotLost) {
  Start();
  loop_.Advance(minutes(29));
  const int before = Floor();
  TakePrometheusAway();
  ChangeSpec({{"prediction", {{"leadTime", "8m"}}}});
  for (int minute = 0; minute < 90; ++minute) {
    loop_.Advance(minutes(1));
    EXPECT_EQ(Verdict("ForecastReady"), "True Forecasting");
  }
  EXPECT_GE(Floor(), before + 5);
  EXPECT_GE(Floor(), std::ceil(Season(loop_.WallNow()) / 10));

  BringPrometheusBack();
  loop_.Advance(minutes(6));
  EXPECT_EQ(Verdict("ForecastReady"), "True Forecasting") << "of the one that has read its history";
  EXPECT_GE(Floor(), std::ceil(Season(loop_.WallNow()) / 10));
}

TEST_F(OutageTest, ARestartInAnOutageHoldsTheFloor) {
  Start();
  loop_.Advance(minutes(29));
  const int before = Floor();
  TakePrometheusAway();
  Restart(hours(2));
  EXPECT_EQ(Floor(), before);
  EXPECT_EQ(Verdict("ForecastReady"), "False HistoryUnavailable");
}

// A process that has just started knows the services before it knows their pods.
TEST_F(OutageTest, AFailingBackendRaisesNoFloorAfterAStartEither) {
  for (int i = 0; i < 10; ++i) {
    Json pod = test::SamplePod(test::kReady);
    const std::string name = "chat-" + std::to_string(i);
    pod["metadata"]["name"] = name;
    pod["metadata"]["uid"] = "u-" + name;
    server_.Put("/api/v1/namespaces/prod/pods/" + name, pod);
  }
  Serve([](WallTime) { return 200.0; }, [](WallTime) { return 180.0; });
  Start();
  for (int sync = 0; sync < 20; ++sync) {
    EXPECT_LE(server_.objects.at(kServicePath)["status"]["floor"]["reactive"].get<int>(), 3) << "of 20 that are served";
    loop_.Advance(seconds(15));
  }
}

}  // namespace
}  // namespace dso::controller
