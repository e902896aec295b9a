#include "decide/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::Known;
using test::Loading;
using test::Missing;
using test::Ready;
using test::SampleSpec;
using test::TooShort;
using test::Watched;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

TEST(Explain, TheForecastWithItsTimesAndTheDemandAsRunnerUp) {
  EXPECT_EQ(Watched().Look(0s, Known(51), Ready(120)).explanation,
            "at least 12 replicas: forecast of the peak until 09:05:00 UTC (lead 5m): expected 60 requests/s at 09:00, "
            "q0.90 120; 120 / 10 requests/s a replica (perReplica); demand now 51 requests/s needs 6");
}

TEST(Explain, TheLoadThatDecidesAndWhatAReplicaCarriesOfIt) {
  Watched service;
  service.capacity = {.per_replica = 10, .at_quantile = 20, .source = "PerReplica"};
  EXPECT_THAT(service.Look(0s, Known(1), Ready(120)).explanation,
              HasSubstr("expected 60 requests/s at 09:00, q0.90 120; 60 / 10 requests/s a replica"));
}

TEST(Explain, HowMuchOfTheMarginIsPaid) {
  Forecast costly = Ready(120);
  costly.slack = 0.45;
  EXPECT_THAT(Watched().Look(0s, Known(1), costly).explanation,
              HasSubstr("q0.90 120, 50 % of its margin paid, since it has stood idle lately; 90 / 10 requests/s"));
}

TEST(Explain, ALoadThatCannotBeForeseen) {
  Forecast hopeless = Ready(120);
  hopeless.slack = 2;
  Watched service;
  EXPECT_THAT(
      service.Look(0s, Known(51), hopeless).explanation,
      StartsWith("at least 6 replicas: demand that has lasted 5m, 51 requests/s (now 51 requests/s; the bursts of "
                 "this load cannot be foreseen) / 10 requests/s a replica (perReplica)"));
  EXPECT_THAT(service.Look(1min, Known(200), hopeless).explanation,
              HasSubstr("demand that has lasted 5m, 51 requests/s (now 200 requests/s"));
}

TEST(Explain, TheDemandAndTheForecastAsRunnerUp) {
  EXPECT_EQ(
      Watched().Look(0s, Known(51), Ready(40)).explanation,
      "at least 6 replicas: demand now 51 requests/s / 10 requests/s a replica (perReplica); forecast of the peak "
      "40 requests/s / 10 needs 4");
}

TEST(Explain, TheMinimum) {
  EXPECT_THAT(Watched().Look(0s, Known(0), TooShort()).explanation,
              StartsWith("at least 2 replicas: replicas.min, nothing asks for more at 10 requests/s a replica"));
}

TEST(Explain, TheMaximumWithTheNeed) {
  EXPECT_THAT(Watched().Look(0s, Known(450), TooShort()).explanation,
              StartsWith("at least 20 replicas: replicas.max, the need is 45;"));
}

TEST(Explain, StabilizingWithTheWindow) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  EXPECT_THAT(service.Look(1s, Known(30), TooShort()).explanation,
              StartsWith("at least 10 replicas: needed within the last 5m, released after that; demand now 30 "
                         "requests/s needs 3"));
}

TEST(Explain, HeldWithWhatIsNotKnown) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  const std::string text = service.Look(1s, Missing(), Loading()).explanation;
  EXPECT_THAT(text, StartsWith("at least 10 replicas: held, a floor is not released on what is not known"));
  EXPECT_THAT(text, HasSubstr("the history is still being read"));
  EXPECT_THAT(text, EndsWith("demand unknown, see condition DemandAvailable"));
}

TEST(Explain, SaysThatThereIsNoForecastYet) {
  EXPECT_THAT(Watched().Look(0s, Known(0), TooShort()).explanation,
              EndsWith("no forecast yet: the history is too short"));
}

TEST(Explain, ShadowIsMarkedAsNotApplied) {
  Watched service;
  service.spec.prediction.mode = api::PredictionMode::kShadow;
  EXPECT_THAT(service.Look(0s, Known(100), TooShort()).explanation,
              StartsWith("shadow, not applied: would be at least 10 replicas: "));
}

TEST(Explain, OneReplicaIsSingular) {
  Watched service;
  service.spec.replicas.min = 1;
  EXPECT_THAT(service.Look(0s, Known(0), TooShort()).explanation, StartsWith("at least 1 replica: "));
}

TEST(ExplainWithoutFloor, NamesTheReason) {
  api::ServiceSpec off = SampleSpec();
  off.prediction.mode = api::PredictionMode::kOff;
  EXPECT_EQ(ExplainWithoutFloor(off),
            "at least 2 replicas: replicas.min; prediction.mode is Off, so the HPA alone decides above it");
  api::ServiceSpec no_demand = SampleSpec();
  no_demand.demand.reset();
  EXPECT_THAT(ExplainWithoutFloor(no_demand), HasSubstr("no demand is declared"));
  EXPECT_THAT(ExplainWithoutFloor(SampleSpec()), HasSubstr("see condition Accepted"));
}

}  // namespace
}  // namespace dso::decide
