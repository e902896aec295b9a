#include "controller/learner.h"

#include <gtest/gtest.h>

#include "controller/forecasting.h"
#include "tests/controller/taught.h"

namespace dso::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::Always;
using test::Cached;
using test::kMorning;
using test::TeachPast;

const calendar::EventCalendar kNoEvents;

LearningKey KeyOf(const api::ServiceSpec& spec, milliseconds lead = minutes(5)) {
  return LearningKey::Of(*spec.demand, spec.prediction, lead);
}
LearningKey Key() { return KeyOf(*Cached().service.spec); }
ScorePlan Plan() { return ScorePlan::Of(*Cached().service.spec, decide::PlanWith(10, 10, "PerReplica"), minutes(5)); }

// Twice the demand for an hour, in the night before kMorning and again after it.
calendar::EventCalendar Campaigns() {
  std::vector<api::EventSpec> events;
  for (const WallTime start : {kMorning - hours(10), kMorning + hours(1)}) {
    events.push_back({.name = "campaign", .when = api::OneOffSpec{start, start + hours(1)}, .multiplier = 2});
  }
  return PlanEvents(events).calendar;
}

TEST(Learner, LearnsWithoutWhatAnEventHasMultiplied) {
  const calendar::EventCalendar campaigns = Campaigns();
  Learner usual(Key(), std::nullopt);
  Learner multiplied(Key(), std::nullopt);
  TeachPast(usual, Always(50), kMorning, kNoEvents);
  TeachPast(
      multiplied, [&](WallTime at) { return 50 * campaigns.MultiplierAt(at); }, kMorning, campaigns);
  EXPECT_EQ(usual.forecaster().Save(), multiplied.forecaster().Save());
  for (WallTime at = kMorning; at < kMorning + hours(3); at += minutes(1)) {
    usual.LearnNow(at, 50, false, kNoEvents);
    multiplied.LearnNow(at, 50 * campaigns.MultiplierAt(at), false, campaigns);
  }
  EXPECT_EQ(usual.forecaster().Save(), multiplied.forecaster().Save());
}

TEST(Learner, ALowerBoundIsLearnedOnlyIfItIsNews) {
  Learner learner(Key(), std::nullopt);
  TeachPast(learner, Always(50), kMorning, kNoEvents);
  const auto learns = [&](double demand) {
    const size_t before = learner.forecaster().status().samples;
    learner.LearnNow(kMorning, demand, true, kNoEvents);
    return learner.forecaster().status().samples > before;
  };
  EXPECT_FALSE(learns(0));
  EXPECT_FALSE(learns(30));
  EXPECT_TRUE(learns(80));
}

TEST(Learner, ALowerBoundIsComparedWithoutWhatAnEventMultiplies) {
  const calendar::EventCalendar campaigns = Campaigns();
  Learner learner(Key(), std::nullopt);
  TeachPast(learner, Always(50), kMorning, kNoEvents);
  const size_t before = learner.forecaster().status().samples;
  learner.LearnNow(kMorning + hours(1), 80, true, campaigns);
  EXPECT_EQ(learner.forecaster().status().samples, before) << "80 of a doubled 50 is no news";
  learner.LearnNow(kMorning + hours(1), 130, true, campaigns);
  EXPECT_EQ(learner.forecaster().status().samples, before + 1);
}

TEST(Learner, ALowerBoundTeachesNothingWhereNothingIsExpected) {
  Learner learner(Key(), std::nullopt);
  learner.LearnNow(kMorning, 80, true, kNoEvents);
  EXPECT_EQ(learner.forecaster().status().samples, 0u);
  learner.LearnNow(kMorning, 80, false, kNoEvents);
  EXPECT_EQ(learner.forecaster().status().samples, 1u);
}

TEST(Learner, FollowsTheSeasonsOfItsZone) {
  LearningKey key = Key();
  Learner utc(key, std::nullopt);
  key.prediction.time_zone = "Europe/Berlin";
  Learner berlin(key, std::nullopt);
  key.prediction.time_zone = "Mars/Olympus";
  Learner nowhere(key, std::nullopt);
  for (Learner* learner : {&utc, &berlin, &nowhere}) TeachPast(*learner, Always(50), kMorning, kNoEvents);
  EXPECT_EQ(nowhere.forecaster().Save(), utc.forecaster().Save());
  EXPECT_NE(berlin.forecaster().Save(), utc.forecaster().Save());
}

TEST(Learner, ScoresThePastFromWhereItIsToldTo) {
  Learner learner(Key(), Plan());
  TeachPast(learner, Always(50), kMorning, kNoEvents);
  const sim::Score::Summary score = learner.score()->Last7Days(kMorning);
  EXPECT_EQ(std::chrono::round<hours>(score.scored), hours(4 * 24)) << "not the first of the five days";
  EXPECT_EQ(Learner(Key(), std::nullopt).score(), nullptr);
}

TEST(Learner, ScoresADenseHistoryInStepsOfFiveMinutes) {
  Learner dense(Key(), Plan());
  Learner sparse(Key(), Plan());
  for (WallTime at = kMorning; at < kMorning + hours(12); at += minutes(1)) {
    const bool is_fifth = (at - kMorning) % minutes(5) == minutes(0);
    dense.LearnPast(at, is_fifth ? 50 : 5'000, kNoEvents, kMorning);
    if (is_fifth) sparse.LearnPast(at, 50, kNoEvents, kMorning);
  }
  EXPECT_EQ(dense.score()->Last7Days(kMorning + hours(12)).demand,
            sparse.score()->Last7Days(kMorning + hours(12)).demand);
}

TEST(Learner, AnotherPlanBeginsAnotherScoreAndANearOneDoesNot) {
  Learner learner(Key(), Plan());
  TeachPast(learner, Always(50), kMorning, kNoEvents);
  ScorePlan plan = Plan();
  plan.capacity = decide::PlanWith(11, 11, "Learned");
  learner.KeepScore(plan);
  EXPECT_GT(learner.score()->Last7Days(kMorning).scored, hours(1));
  plan.replicas.max = 30;
  learner.KeepScore(plan);
  EXPECT_EQ(learner.score()->Last7Days(kMorning).scored, hours(0));
  Learner without(Key(), std::nullopt);
  without.KeepScore(plan);
  EXPECT_NE(without.score(), nullptr);
}

struct Change {
  const char* name;
  std::function<void(api::ServiceSpec&)> apply;
};

TEST(LearningKey, DiffersByWhatIsLearned) {
  for (const auto& [name, apply] : {
           Change{"the query", [](api::ServiceSpec& spec) { spec.demand->query = "sum(y)"; }},
           {"the unit", [](api::ServiceSpec& spec) { spec.demand->unit = "tokens/s"; }},
           {"the server", [](api::ServiceSpec& spec) { spec.demand->prometheus = "other"; }},
           {"events", [](api::ServiceSpec& spec) { spec.prediction.events.emplace_back().name = "campaign"; }},
           {"holidays", [](api::ServiceSpec& spec) { spec.prediction.holidays.push_back(20'000); }},
           {"the quantile", [](api::ServiceSpec& spec) { spec.prediction.quantile = 0.95; }},
           {"the zone", [](api::ServiceSpec& spec) { spec.prediction.time_zone = "Europe/Berlin"; }},
           {"seasons", [](api::ServiceSpec& spec) { spec.prediction.seasons.push_back(hours(12)); }},
           {"the history", [](api::ServiceSpec& spec) { spec.prediction.history = hours(48); }},
       }) {
    api::ServiceSpec spec = *Cached().service.spec;
    apply(spec);
    EXPECT_NE(KeyOf(spec), Key()) << name;
  }
  EXPECT_NE(KeyOf(*Cached().service.spec, minutes(6)), Key()) << "the lead";
}

TEST(LearningKey, IsTheSameWhateverBecomesOfTheForecast) {
  for (const auto& [name, apply] : {
           Change{"the mode", [](api::ServiceSpec& spec) { spec.prediction.mode = api::PredictionMode::kShadow; }},
           {"the pace up",
            [](api::ServiceSpec& spec) {
              spec.prediction.max_raise = api::PaceLimit{3, 0};
            }},
           {"the pace down",
            [](api::ServiceSpec& spec) {
              spec.prediction.max_release = {3, 50};
            }},
           {"leadTime, Auto before, of the same length",
            [](api::ServiceSpec& spec) { spec.prediction.lead_time = minutes(5); }},
           {"the capacity", [](api::ServiceSpec& spec) { spec.capacity = api::PerReplicaCapacity{99}; }},
           {"the bounds", [](api::ServiceSpec& spec) { spec.replicas.max = 99; }},
       }) {
    api::ServiceSpec spec = *Cached().service.spec;
    apply(spec);
    EXPECT_EQ(KeyOf(spec), Key()) << name;
  }
}

}  // namespace
}  // namespace dso::controller
