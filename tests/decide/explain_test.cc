#include "decide/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::AtLeast;
using test::CapacityOf;
using test::Hopeless;
using test::kMorning;
using test::Known;
using test::Loading;
using test::Missing;
using test::Ready;
using test::SampleSpec;
using test::TooShort;
using test::Watched;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

std::string Explained(Watched& service, milliseconds later, const Demand& demand, const Forecast& forecast) {
  return service.Look(later, demand, forecast).explanation;
}

TEST(Explain, TheForecastWithItsTimesAndTheDemandAsRunnerUp) {
  Watched service;
  EXPECT_EQ(
      Explained(service, 0s, Known(51), Ready(120)),
      "at least 12 replicas: forecast of the peak until 09:05:00 UTC (lead 5m): expected 60 requests/s at 09:00, "
      "q0.90 120; 120 / 10 requests/s a replica (perReplica); demand now 51 requests/s / 10 needs 6; a forecast above "
      "120 requests/s would need 13");
}

TEST(Explain, TheLoadThatDecidesAndWhatAReplicaCarriesOfIt) {
  Watched service;
  service.snapshot.capacity = PlanWith(7.5, 10, "PerReplica");
  Forecast narrow = Ready(120);
  narrow.expected = 110;
  EXPECT_THAT(
      Explained(service, 0s, Known(1), narrow),
      HasSubstr("expected 110 requests/s at 09:00, q0.90 120; 110 / 7.5 requests/s a replica (perReplica, 10 with "
                "headroom); demand now 1 requests/s / 9.2 needs 1; a forecast above 112 requests/s would need 16"));
  EXPECT_THAT(Explained(service, 0s, Known(1), Ready(150)),
              HasSubstr("150 / 9.2 requests/s a replica (perReplica, 10 nearly full)"));
}

TEST(Explain, WhatTheLeadIsMadeOf) {
  Watched service;
  service.snapshot.look_ahead = {.lead = 282s, .made_of = "start-ups P90 4m12s of 12 batches + 30s"};
  EXPECT_THAT(Explained(service, 0s, Known(51), Ready(120)),
              HasSubstr("until 09:04:42 UTC (lead 4m42s: start-ups P90 4m12s of 12 batches + 30s): expected"));
}

TEST(Explain, HowMuchOfTheMarginIsPaid) {
  Watched service;
  Forecast costly = Ready(120);
  costly.slack = 0.45;
  EXPECT_THAT(Explained(service, 0s, Known(1), costly),
              HasSubstr("q0.90 120, 50 % of its margin paid, since it has stood idle lately; 90 / 10 requests/s"));
}

TEST(Explain, AnEventInTheForecast) {
  Watched service;
  service.snapshot.events = {.multiplier = 1.5, .multiplied_by = "sale"};
  EXPECT_THAT(
      Explained(service, 0s, Known(51), Ready(120)),
      HasSubstr("expected 90 requests/s at 09:00, q0.90 180, event sale (x 1.5) included; 180 / 10 requests/s"));
}

TEST(Explain, ALoadThatCannotBeForeseen) {
  Watched service;
  EXPECT_EQ(
      Explained(service, 0s, Known(51), Hopeless()),
      "at least 6 replicas: demand now 51 requests/s / 10 requests/s a replica (perReplica); the forecast does not "
      "count: the bursts of this load cannot be foreseen; a demand above 60 requests/s would need 7");
  EXPECT_THAT(Explained(service, 1min, Known(200), Hopeless()),
              StartsWith("at least 6 replicas: demand that has lasted 5m: 51 requests/s (now 200 requests/s) / 10 "
                         "requests/s a replica (perReplica);"));
}

TEST(Explain, TheDemandAndTheForecastAsRunnerUp) {
  Watched service;
  EXPECT_EQ(
      Explained(service, 0s, Known(51), Ready(40)),
      "at least 6 replicas: demand now 51 requests/s / 10 requests/s a replica (perReplica); forecast of the peak "
      "40 requests/s / 10 needs 4; a demand above 60 requests/s would need 7");
}

TEST(Explain, ADemandThatMayBeHigher) {
  Watched service;
  EXPECT_THAT(Explained(service, 0s, AtLeast(51), TooShort()),
              StartsWith("at least 6 replicas: demand now at least 51 requests/s / 10"));
}

TEST(Explain, TheMinimum) {
  Watched service;
  EXPECT_EQ(
      Explained(service, 0s, Known(0), TooShort()),
      "at least 2 replicas: replicas.min, nothing asks for more at 10 requests/s a replica (perReplica); demand now "
      "0 requests/s / 10 needs 0; no forecast yet: the history is too short; a demand above 20 requests/s raises it");
}

TEST(Explain, TheMinimumThatAnAdoptedAutoscalerHasNoRoomFor) {
  Watched service;
  service.spec.replicas.min = 5;
  service.snapshot.ceiling = Ceiling{3, Ceiling::Of::kAdopted};
  const std::string text = Explained(service, 0s, Known(0), TooShort());
  EXPECT_THAT(text, StartsWith("at least 3 replicas: the adopted autoscaler's maximum, below replicas.min 5, nothing"));
  EXPECT_THAT(text, EndsWith("; raise that maximum"));
}

TEST(Explain, TheMaximumWithTheNeed) {
  Watched service;
  EXPECT_EQ(Explained(service, 0s, Known(450), TooShort()),
            "at least 20 replicas: replicas.max, although 45 are needed; demand now 450 requests/s / 10 needs 45; no "
            "forecast yet: the history is too short; with replicas.max 45 it would follow");
}

TEST(Explain, TheMaximumOfAnAdoptedAutoscaler) {
  Watched service;
  service.snapshot.ceiling = Ceiling{8, Ceiling::Of::kAdopted};
  const std::string text = Explained(service, 0s, Known(450), Ready(90));
  EXPECT_THAT(text,
              StartsWith("at least 8 replicas: the adopted autoscaler's maximum, although 45 are needed; demand"));
  EXPECT_THAT(text,
              AllOf(HasSubstr("forecast of the peak 90 requests/s / 10 needs 9"), EndsWith("; raise that maximum")));
}

TEST(Explain, AnEvent) {
  Watched service;
  service.snapshot.events = {.min_replicas = 15, .raised_by = "sale"};
  EXPECT_EQ(Explained(service, 0s, Known(60), Ready(120)),
            "at least 15 replicas: event sale, begun or less than 5m away, asks for 15; demand now 60 requests/s / 10 "
            "needs 6; forecast of the peak 120 requests/s / 10 needs 12; may fall 5m after the event's end");
  EXPECT_THAT(Explained(service, 1s, Known(160), Ready(120)),
              AllOf(StartsWith("at least 16 replicas: demand now 160"), HasSubstr("; event sale, begun or less than 5m "
                                                                                  "away, asks for 15;")));
}

TEST(Explain, AnOverride) {
  Watched service;
  service.spec.override_floor = api::OverrideSpec{.min_replicas = 15, .until = kMorning + 1h, .reason = "launch"};
  EXPECT_EQ(Explained(service, 0s, Known(60), Ready(0)),
            "at least 15 replicas: spec.override asks for 15 until 2026-12-01T10:00:00Z (launch); demand now 60 "
            "requests/s / 10 needs 6; forecast of the peak 0 requests/s / 10 needs 0; may fall 5m after that");
  EXPECT_THAT(Explained(service, 1s, Known(160), Ready(0)),
              HasSubstr("; spec.override asks for 15 until 2026-12-01T10:00:00Z (launch)"));
}

TEST(Explain, AnOverrideOfAServiceThatIsNotPredicted) {
  Watched service;
  service.spec.prediction.mode = api::PredictionMode::kOff;
  service.spec.override_floor = api::OverrideSpec{.min_replicas = 15, .until = kMorning + 1h, .reason = "launch"};
  EXPECT_EQ(Explained(service, 0s, Known(60), Ready(0)),
            "at least 15 replicas: spec.override asks for 15 until 2026-12-01T10:00:00Z (launch); ends at once then");
}

TEST(Explain, RaisingWithThePace) {
  Watched service;
  service.spec.prediction.max_raise = api::PaceLimit{.replicas = 4, .percent = 50, .period = 60s};
  EXPECT_EQ(Explained(service, 0s, Known(450), Ready(120)),
            "at least 6 replicas: on the way up to 20, by the larger of 4 replicas and 50 % each 1m; demand now 450 "
            "requests/s / 10 needs 45; forecast of the peak 120 requests/s / 10 needs 12; a larger "
            "prediction.maxRaisePerPeriod would speed it up");
}

TEST(Explain, ReleasingWithThePaceAndTheBoundThatItEndsAt) {
  Watched service;
  service.spec.prediction.max_release = {.replicas = 3, .percent = 0, .period = 90s};
  service.Look(0s, Known(200), TooShort());
  EXPECT_EQ(
      Explained(service, 5min, Known(0), TooShort()),
      "at least 17 replicas: on the way down to 2, by 3 replicas each 1m30s; demand now 0 requests/s / 10 needs 0; "
      "no forecast yet: the history is too short; a larger prediction.maxReleasePerPeriod would speed it up");
}

TEST(Explain, StabilizingWithTheTimeOfTheRelease) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  EXPECT_EQ(
      Explained(service, 61s, Known(30), TooShort()),
      "at least 10 replicas: needed within the last 5m; demand now 30 requests/s / 10 needs 3; no forecast yet: the "
      "history is too short; may fall from 09:05:00 UTC on if no more is needed until then");
}

TEST(Explain, ANeedThatIsLowerByAHair) {
  Watched service;
  service.Look(0s, Known(80.4), Ready(80.4));
  EXPECT_EQ(Explained(service, 1h, Known(79.5), Ready(79.6)),
            "at least 9 replicas: 8 would do with less than 0.1 of a replica to spare; demand now 79.5 requests/s / 10 "
            "needs 8; forecast of the peak 79.6 requests/s / 10 needs 8; may fall 5m after the demand is below 79 "
            "requests/s and the forecast of the peak is below 79 requests/s");
}

TEST(Explain, HeldByWhatIsNotKnown) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  EXPECT_EQ(
      Explained(service, 1s, Missing(), Ready(40)),
      "at least 10 replicas: held, the demand is not known (see condition DemandAvailable); forecast of the peak 40 "
      "requests/s / 10 needs 4; may fall 5m after the next good figure");
  EXPECT_EQ(
      Explained(service, 1s, Missing(), Loading()),
      "at least 10 replicas: held, the history is still being read; demand unknown, see condition DemandAvailable; "
      "may fall 5m after the history has been read, or is known to be too short");
  EXPECT_EQ(
      Explained(service, 1s, AtLeast(30), Ready(40)),
      "at least 10 replicas: held, the demand may be higher than what is seen; demand now at least 30 requests/s / "
      "10 needs 3; forecast of the peak 40 requests/s / 10 needs 4; may fall 5m after the next figure that is whole");
}

TEST(Explain, HeldByPods) {
  Watched service;
  service.Look(0s, Known(100), Ready(0));
  service.snapshot.pods_on_their_way = 3;
  EXPECT_EQ(
      Explained(service, 1s, Known(30), Ready(0)),
      "at least 10 replicas: held, 3 pods are not ready yet; demand now 30 requests/s / 10 needs 3; forecast of the "
      "peak 0 requests/s / 10 needs 0; may fall 5m after the pods are ready, gone or known to be stuck");
  service.snapshot.pods_on_their_way = 1;
  EXPECT_THAT(Explained(service, 1s, Known(30), Ready(0)), HasSubstr("held, 1 pod is not ready yet;"));
}

TEST(Explain, HeldByTheClock) {
  Watched service;
  service.Look(0s, Known(100), Ready(0));
  service.snapshot.now.wall += 1h;
  service.Look(10s, Known(30), Ready(0));
  EXPECT_THAT(Explained(service, 60s, Known(30), Ready(0)),
              AllOf(StartsWith("at least 10 replicas: held, the wall clock has jumped; demand now 30 requests/s"),
                    EndsWith("; may fall 5m after the hold ends at 10:10:10 UTC")));
}

TEST(Explain, AForecastThatIsNotThere) {
  Watched service;
  EXPECT_THAT(Explained(service, 0s, Known(0), TooShort()), HasSubstr("; no forecast yet: the history is too short;"));
  EXPECT_THAT(Explained(service, 0s, Known(0), {.state = Forecast::State::kOutdated}),
              HasSubstr("; no forecast: nothing was seen for 6h;"));
  EXPECT_THAT(Explained(service, 0s, Known(0), Loading()), HasSubstr("; the history is still being read;"));
  EXPECT_THAT(Explained(service, 0s, Missing(), Ready(50)),
              HasSubstr("; demand unknown, see condition DemandAvailable;"));
}

TEST(Explain, ShadowSaysWhatIsAppliedInstead) {
  Watched service;
  service.spec.prediction.mode = api::PredictionMode::kShadow;
  EXPECT_THAT(Explained(service, 0s, Known(100), TooShort()),
              StartsWith("shadow, not applied (minReplicas is 2): would be at least 10 replicas: demand now"));
  service.spec.override_floor = api::OverrideSpec{.min_replicas = 5, .until = kMorning + 1h, .reason = "launch"};
  EXPECT_THAT(Explained(service, 0s, Known(100), TooShort()),
              StartsWith("shadow, not applied (minReplicas is 5): would"));
}

TEST(Explain, OneReplicaIsSingular) {
  Watched service;
  service.spec.replicas.min = 1;
  EXPECT_THAT(Explained(service, 0s, Known(0), TooShort()), StartsWith("at least 1 replica: "));
}

TEST(Explain, WhyNothingIsPredicted) {
  Watched off;
  off.spec.prediction.mode = api::PredictionMode::kOff;
  EXPECT_EQ(Explained(off, 0s, Known(100), Ready(100)),
            "at least 2 replicas: replicas.min; prediction.mode is Off, so the HPA alone decides above it");
  Watched no_demand;
  no_demand.spec.demand.reset();
  EXPECT_EQ(Explained(no_demand, 0s, Demand(), Loading()),
            "at least 2 replicas: replicas.min; no demand is declared, so the HPA alone decides above it");
  Watched no_capacity;
  no_capacity.snapshot.capacity.reset();
  EXPECT_EQ(Explained(no_capacity, 0s, Known(100), Ready(100)),
            "at least 2 replicas: replicas.min; the capacity of a replica is not known, see condition CapacityKnown");
  Watched held(test::SampleSpec(), 9);
  held.snapshot.capacity.reset();
  EXPECT_EQ(
      Explained(held, 0s, Known(100), Ready(100)),
      "at least 9 replicas: held, the capacity of a replica is not known (see condition CapacityKnown); may fall 5m "
      "after the first measurement");
}

// One sentence: clauses, no line break, no full stop before the end.
TEST(Explain, IsOneSentence) {
  Watched service;
  service.snapshot.events = {.multiplier = 1.5, .multiplied_by = "sale", .min_replicas = 3, .raised_by = "sale"};
  for (const double demand : {0.0, 51.0, 450.0}) {
    EXPECT_THAT(Explained(service, 1min, Known(demand), Ready(120)), AllOf(Not(HasSubstr("\n")), Not(HasSubstr(". "))));
  }
}

}  // namespace
}  // namespace dso::decide
