// What an external forecast does to a floor: it raises it, and never lowers it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::Hopeless;
using test::kMorning;
using test::Known;
using test::Loading;
using test::minutes;
using test::Missing;
using test::Ready;
using test::TooShort;
using test::Watched;
using ::testing::HasSubstr;
using ::testing::Not;

ExternalForecast By(const char* name, double expected, double quantile, double slack = 0) {
  return {name,
          {.state = Forecast::State::kReady,
           .expected = expected,
           .quantile = quantile,
           .peak_at = kMorning + minutes(3),
           .slack = slack}};
}

TEST(ExternalNeedTest, TheLargerOfTheTwoDecides) {
  Watched service;
  service.snapshot.external = By("prophet", 70, 90);
  const Decision raised = service.Look(seconds(15), Known(20), Ready(60));
  EXPECT_EQ(raised.floor, 9);
  EXPECT_EQ(raised.predicted, 9);
  EXPECT_EQ(raised.reason, FloorReason::kForecast);
  EXPECT_THAT(raised.explanation, HasSubstr("forecast by external/prophet of the peak until"));
  EXPECT_THAT(raised.explanation, HasSubstr("expected 70 requests/s at 09:03, q0.90 90"));
  EXPECT_THAT(raised.explanation, HasSubstr("; forecast of the peak 60 requests/s / 10 needs 6"));
}

TEST(ExternalNeedTest, TheSmallerIsToldAndDecidesNothing) {
  Watched service;
  service.snapshot.external = By("prophet", 30, 40);
  const Decision decision = service.Look(seconds(15), Known(20), Ready(60));
  EXPECT_EQ(decision.floor, 6);
  EXPECT_THAT(decision.explanation, HasSubstr("forecast of the peak until"));
  EXPECT_THAT(decision.explanation, HasSubstr("; forecast by external/prophet of the peak 40 requests/s / 10 needs 4"));
}

TEST(ExternalNeedTest, ItRaisesWithoutABuiltInForecast) {
  for (const Forecast& none : {TooShort(), Loading(), Forecast{.state = Forecast::State::kOutdated}}) {
    Watched service;
    service.snapshot.external = By("prophet", 70, 90);
    EXPECT_EQ(service.FloorAfter(seconds(15), Known(20), none), 9);
  }
}

TEST(ExternalNeedTest, ItRaisesWithoutADemand) {
  Watched service;
  service.snapshot.external = By("prophet", 70, 90);
  EXPECT_EQ(service.FloorAfter(seconds(15), Missing(), Ready(40)), 9);
}

TEST(ExternalNeedTest, ABuiltInForecastThatForeseesNothingDoesNotSilenceIt) {
  Watched service;
  service.snapshot.external = By("prophet", 70, 90);
  const Decision decision = service.Look(seconds(15), Known(20), Hopeless());
  EXPECT_EQ(decision.floor, 9);
  EXPECT_THAT(decision.explanation, HasSubstr("the forecast does not count"));
}

TEST(ExternalNeedTest, NorDoesOneThatForeseesNothingSilenceTheBuiltIn) {
  Watched service;
  service.snapshot.external = By("prophet", 180, 190, 2);
  const Decision decision = service.Look(seconds(15), Known(20), Ready(60));
  EXPECT_EQ(decision.floor, 6);
  EXPECT_THAT(decision.explanation, HasSubstr("the forecast by external/prophet does not count"));
  EXPECT_THAT(decision.explanation, Not(HasSubstr("; the forecast does not count")));
}

TEST(ExternalNeedTest, EachPaysForItsOwnSlack) {
  Watched service;
  service.snapshot.external = By("prophet", 60, 120, 0.45);
  EXPECT_EQ(service.FloorAfter(seconds(15), Known(20), Ready(60)), 9) << "60 and half of its margin";
}

TEST(ExternalNeedTest, AnEventMultipliesItToo) {
  Watched service;
  service.snapshot.external = By("prophet", 30, 40);
  service.snapshot.events = {.multiplier = 3, .multiplied_by = "launch", .min_replicas = 0, .raised_by = ""};
  EXPECT_EQ(service.FloorAfter(seconds(15), Known(20), Ready(30)), 12);
}

TEST(ExternalNeedTest, ItsEndReleasesTheFloorLikeAnyOther) {
  Watched service;
  service.snapshot.external = By("prophet", 70, 90);
  ASSERT_EQ(service.FloorAfter(seconds(15), Known(20), Ready(55)), 9);
  service.snapshot.external.reset();
  EXPECT_EQ(service.FloorAfter(minutes(4), Known(20), Ready(55)), 9) << "the window still remembers";
  EXPECT_EQ(service.FloorAfter(minutes(2), Known(20), Ready(55)), 6);
}

// Two operators that see the same, one of them with a forecaster that says anything at any time.
class TwoFloors {
 public:
  explicit TwoFloors(uint32_t seed) : random_(seed) {
    with_.spec.prediction.max_release = {.replicas = Between(1, 3), .percent = Between(0, 50)};
    if (Chance(3)) with_.spec.prediction.max_raise = {.replicas = Between(1, 5), .percent = Between(0, 100)};
    if (Chance(4)) with_.spec.prediction.mode = api::PredictionMode::kShadow;
    without_.spec = with_.spec;
  }

  void Step() {
    const milliseconds later = seconds(Between(1, 90));
    const Demand demand = AnyDemand();
    const Forecast forecast = AnyForecast();
    for (Watched* service : {&with_, &without_}) {
      service->snapshot.pods_on_their_way = pods_;
      service->snapshot.events.multiplier = multiplier_;
      service->snapshot.ceiling = ceiling_;
    }
    if (Chance(5)) pods_ = Between(0, 2);
    if (Chance(10)) multiplier_ = Chance(2) ? 1 : Between(1, 30) / 10.0;
    if (Chance(20)) ceiling_ = Chance(2) ? std::nullopt : std::optional(Ceiling{Between(1, 25), Ceiling::Of::kAdopted});
    with_.snapshot.external.reset();
    if (!Chance(4)) {
      const double expected = Between(0, 180);
      with_.snapshot.external = By("any", expected, expected + Between(0, 60), Between(0, 12) / 10.0);
    }
    const Decision raised = with_.Look(later, demand, forecast);
    const Decision plain = without_.Look(later, demand, forecast);
    ASSERT_GE(raised.floor, plain.floor) << raised.explanation << "\n" << plain.explanation;
    ASSERT_GE(raised.hpa_min_replicas, plain.hpa_min_replicas);
    ASSERT_LE(raised.floor, with_.spec.replicas.max);
    raised_ += raised.floor > plain.floor;
  }
  int raised() const { return raised_; }

 private:
  int Between(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }
  bool Chance(int one_in) { return Between(1, one_in) == 1; }
  Demand AnyDemand() {
    switch (Between(0, 9)) {
      case 0: return Missing();
      case 1: return test::AtLeast(Between(0, 100));
      case 2: return {};
      default: return Known(Between(0, 100));
    }
  }
  Forecast AnyForecast() {
    switch (Between(0, 9)) {
      case 0: return Loading();
      case 1: return TooShort();
      case 2: return {.state = Forecast::State::kOutdated};
      default: {
        Forecast forecast = Ready(Between(0, 120));
        forecast.slack = Between(0, 12) / 10.0;
        return forecast;
      }
    }
  }

  std::mt19937 random_;
  Watched with_, without_;
  int pods_ = 0;
  double multiplier_ = 1;
  std::optional<Ceiling> ceiling_;
  int raised_ = 0;
};

TEST(ExternalNeedPropertyTest, NoExternalForecastLowersAFloorOrLiftsItAboveTheMaximum) {
  int raised = 0;
  for (uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    TwoFloors floors(seed);
    for (int i = 0; i < 400 && !testing::Test::HasFatalFailure(); ++i) floors.Step();
    if (testing::Test::HasFatalFailure()) return;
    raised += floors.raised();
  }
  EXPECT_GT(raised, 10'000) << "the forecasts have to make a difference, or nothing is shown";
}

}  // namespace
}  // namespace dso::decide
