#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decide/floor.h"
#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::Hopeless;
using test::kMorning;
using test::Known;
using test::Loading;
using test::Missing;
using test::Ready;
using test::SampleSpec;
using test::TooShort;
using test::Watched;
using namespace std::chrono_literals;

EventsAhead Multiplier(double multiplier) { return {.multiplier = multiplier, .multiplied_by = "sale"}; }
EventsAhead MinReplicas(int replicas) { return {.min_replicas = replicas, .raised_by = "sale"}; }

TEST(FloorWithAnEvent, MultipliesTheForecast) {
  Watched service;
  service.snapshot.events = Multiplier(2);
  const Decision decision = service.Look(0s, Known(60), Ready(50));
  EXPECT_EQ(decision.predicted, 10);
  EXPECT_EQ(decision.floor, 10);
  EXPECT_EQ(decision.reactive, 6) << "what is there already is not multiplied";
  EXPECT_EQ(decision.reason, FloorReason::kForecast);
}

TEST(FloorWithAnEvent, ExpectsLessForAQuietOne) {
  Watched service;
  service.snapshot.events = Multiplier(0.5);
  EXPECT_EQ(service.Look(0s, Known(0), Ready(100)).predicted, 5);
}

TEST(FloorWithAnEvent, CountsOnALoadThatCannotBeForeseenToo) {
  Watched service;
  EXPECT_EQ(service.Look(0s, Known(0), Hopeless()).predicted, std::nullopt);
  service.snapshot.events = Multiplier(1.2);
  const Decision decision = service.Look(1s, Known(0), Hopeless());
  EXPECT_EQ(decision.predicted, 18) << "the expected 150 times 1.2; of a margin that stands idle nothing is paid";
  EXPECT_EQ(decision.floor, 18);
  service.snapshot.events = Multiplier(0.8);
  EXPECT_EQ(service.Look(1s, Known(0), Hopeless()).predicted, std::nullopt) << "less than usual is no promise";
}

TEST(FloorWithAnEvent, MultipliesNothingThatIsNotThere) {
  Watched service;
  service.snapshot.events = Multiplier(3);
  EXPECT_EQ(service.FloorAfter(0s, Known(50), TooShort()), 5);
  EXPECT_EQ(service.FloorAfter(1s, Known(50), Loading()), 5);
}

TEST(FloorWithAnEvent, AsksForReplicas) {
  Watched service;
  service.snapshot.events = MinReplicas(15);
  const Decision decision = service.Look(0s, Known(60), Ready(50));
  EXPECT_EQ(decision.floor, 15);
  EXPECT_EQ(decision.event, 15);
  EXPECT_EQ(decision.reason, FloorReason::kEvent);
}

TEST(FloorWithAnEvent, IsOneNeedAmongOthers) {
  Watched service;
  service.snapshot.events = MinReplicas(15);
  const Decision decision = service.Look(0s, Known(160), Ready(50));
  EXPECT_EQ(decision.floor, 16);
  EXPECT_EQ(decision.reason, FloorReason::kDemand);
  EXPECT_EQ(decision.event, 15);
}

TEST(FloorWithAnEvent, IsReleasedAfterItsEndLikeEveryNeed) {
  Watched service;
  service.snapshot.events = MinReplicas(15);
  service.Look(0s, Known(0), TooShort());
  service.snapshot.events = {};
  EXPECT_EQ(service.FloorAfter(299s, Known(0), TooShort()), 15);
  EXPECT_EQ(service.FloorAfter(1s, Known(0), TooShort()), 2);
}

TEST(FloorWithAnEvent, NeedsNoDemand) {
  Watched service;
  service.spec.demand.reset();
  service.spec.prediction.events.emplace_back();
  service.snapshot.events = MinReplicas(15);
  EXPECT_EQ(service.FloorAfter(0s, Demand(), Loading()), 15);
  service.snapshot.events = {};
  EXPECT_EQ(service.Look(299s, Demand(), Loading()).reason, FloorReason::kStabilizing);
  EXPECT_EQ(service.FloorAfter(1s, Demand(), Loading()), 2);
}

TEST(FloorWithAnEvent, ShadowOnlyReportsIt) {
  Watched service;
  service.spec.prediction.mode = api::PredictionMode::kShadow;
  service.snapshot.events = MinReplicas(15);
  const Decision decision = service.Look(0s, Known(0), TooShort());
  EXPECT_EQ(decision.floor, 15);
  EXPECT_EQ(decision.hpa_min_replicas, 2);
}

TEST(FloorWithAnEvent, OffIsDeafToIt) {
  Watched service;
  service.spec.prediction.mode = api::PredictionMode::kOff;
  service.spec.prediction.events.emplace_back();
  service.snapshot.events = MinReplicas(15);
  EXPECT_EQ(service.FloorAfter(0s, Known(0), TooShort()), 2);
}

class EachMode : public testing::TestWithParam<api::PredictionMode> {
 protected:
  static Watched Overridden(int replicas) {
    api::ServiceSpec spec = SampleSpec();
    spec.prediction.mode = GetParam();
    spec.override_floor = api::OverrideSpec{.min_replicas = replicas, .until = kMorning + 1h, .reason = "launch"};
    return Watched(std::move(spec));
  }
};

TEST_P(EachMode, AnOverrideRaisesTheAutoscaler) {
  const Decision decision = Overridden(12).Look(0s, Known(0), TooShort());
  EXPECT_EQ(decision.hpa_min_replicas, 12);
  EXPECT_EQ(decision.reason, FloorReason::kOverride);
}

TEST_P(EachMode, AnOverrideStaysWithinTheBounds) {
  EXPECT_EQ(Overridden(50).Look(0s, Known(0), TooShort()).hpa_min_replicas, 20);
  EXPECT_EQ(Overridden(50).Look(0s, Known(0), TooShort()).reason, FloorReason::kMaximum);
  EXPECT_EQ(Overridden(1).Look(0s, Known(0), TooShort()).hpa_min_replicas, 2);
}

TEST_P(EachMode, AnOverrideEndsWhenItSays) {
  Watched service = Overridden(12);
  EXPECT_EQ(service.Look(1h - 1ms, Known(0), TooShort()).hpa_min_replicas, 12);
  const bool active = GetParam() == api::PredictionMode::kActive;
  EXPECT_EQ(service.Look(1ms, Known(0), TooShort()).hpa_min_replicas, active ? 12 : 2)
      << "an active floor is released like every other";
  EXPECT_EQ(service.Look(5min, Known(0), TooShort()).hpa_min_replicas, 2);
}

TEST_P(EachMode, AnOverrideNeedsNoDemand) {
  Watched service = Overridden(12);
  service.spec.demand.reset();
  EXPECT_EQ(service.Look(0s, Demand(), Loading()).hpa_min_replicas, 12);
}

TEST_P(EachMode, AnOverrideThatIsOverIsNothing) {
  Watched service = Overridden(12);
  EXPECT_EQ(service.Look(2h, Known(0), TooShort()).hpa_min_replicas, 2);
}

INSTANTIATE_TEST_SUITE_P(FloorWithAnOverride, EachMode,
                         testing::Values(api::PredictionMode::kOff, api::PredictionMode::kShadow,
                                         api::PredictionMode::kActive),
                         [](const auto& the_case) { return std::string(ToString(the_case.param)); });

TEST(FloorWithAnOverride, IsNoCeiling) {
  Watched service;
  service.spec.override_floor = api::OverrideSpec{.min_replicas = 5, .until = kMorning + 1h, .reason = "launch"};
  const Decision decision = service.Look(0s, Known(90), TooShort());
  EXPECT_EQ(decision.floor, 9);
  EXPECT_EQ(decision.reason, FloorReason::kDemand);
}

TEST(FloorWithAnOverride, InShadowRaisesTheAutoscalerByItselfAlone) {
  Watched service;
  service.spec.prediction.mode = api::PredictionMode::kShadow;
  service.spec.override_floor = api::OverrideSpec{.min_replicas = 5, .until = kMorning + 1h, .reason = "launch"};
  const Decision decision = service.Look(0s, Known(90), TooShort());
  EXPECT_EQ(decision.floor, 9);
  EXPECT_EQ(decision.hpa_min_replicas, 5);
}

TEST(FloorOfAnAdoptedAutoscaler, EndsAtItsMaximum) {
  Watched service;
  service.snapshot.ceiling = Ceiling{8, Ceiling::Of::kAdopted};
  const Decision decision = service.Look(0s, Known(150), TooShort());
  EXPECT_EQ(decision.floor, 8);
  EXPECT_EQ(decision.reason, FloorReason::kMaximum);
  service.snapshot.ceiling = Ceiling{30, Ceiling::Of::kAdopted};
  EXPECT_EQ(service.FloorAfter(1s, Known(500), TooShort()), 20) << "replicas.max holds too";
}

TEST(FloorOfAnAdoptedAutoscaler, GoesBelowReplicasMinWithIt) {
  Watched service;
  service.spec.replicas.min = 5;
  service.snapshot.ceiling = Ceiling{3, Ceiling::Of::kAdopted};
  const Decision decision = service.Look(0s, Known(10), TooShort());
  EXPECT_EQ(decision.floor, 3);
  EXPECT_EQ(decision.hpa_min_replicas, 3);
  EXPECT_EQ(service.FloorAfter(1s, Known(150), TooShort()), 3);
  service.snapshot.ceiling = Ceiling{0, Ceiling::Of::kAdopted};
  EXPECT_EQ(service.FloorAfter(1s, Known(150), TooShort()), 1) << "an HPA has at least one replica";
}

}  // namespace
}  // namespace dso::decide
