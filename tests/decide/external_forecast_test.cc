#include "decide/external_forecast.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::kMorning;
using test::minutes;
using Verdict = ExternalJudge::Verdict;

ExternalAnswer Flat(WallTime asked_at, double expected, double quantile) {
  return {asked_at, {{asked_at + minutes(1), expected, quantile}, {asked_at + minutes(6), expected, quantile}}};
}

TEST(ExternalPeakTest, IsTheLargestOfTheLead) {
  const ExternalAnswer answer{kMorning,
                              {{kMorning + minutes(1), 10, 20},
                               {kMorning + minutes(2), 50, 60},
                               {kMorning + minutes(3), 30, 90},
                               {kMorning + minutes(9), 1'000, 2'000}}};
  const auto peak = PeakOf(answer, kMorning, minutes(3));
  ASSERT_TRUE(peak);
  EXPECT_EQ(peak->state, Forecast::State::kReady);
  EXPECT_EQ(peak->expected, 50);
  EXPECT_EQ(peak->quantile, 90);
  EXPECT_EQ(peak->peak_at, kMorning + minutes(2));
}

TEST(ExternalPeakTest, MovesOnWithTime) {
  const ExternalAnswer answer{kMorning, {{kMorning + minutes(1), 10, 10}, {kMorning + minutes(11), 110, 110}}};
  EXPECT_EQ(PeakOf(answer, kMorning, minutes(5))->expected, 50) << "linear between two points";
  EXPECT_EQ(PeakOf(answer, kMorning + minutes(2), minutes(5))->expected, 70);
  EXPECT_EQ(PeakOf(answer, kMorning + minutes(2), minutes(5))->peak_at, kMorning + minutes(7));
}

TEST(ExternalPeakTest, WhatIsOverIsNotAhead) {
  const ExternalAnswer answer{kMorning, {{kMorning + minutes(1), 500, 500}, {kMorning + minutes(6), 10, 20}}};
  EXPECT_EQ(PeakOf(answer, kMorning + minutes(2), minutes(5))->expected, 10);
}

TEST(ExternalPeakTest, AnOldAnswerSaysNothing) {
  const ExternalAnswer answer = Flat(kMorning, 10, 20);
  EXPECT_TRUE(PeakOf(answer, kMorning + answer.good_for, minutes(5)));
  EXPECT_FALSE(PeakOf(answer, kMorning + answer.good_for + milliseconds(1), minutes(5)));
  EXPECT_FALSE(PeakOf(answer, kMorning - minutes(4), minutes(5))) << "the clock was set back";
}

TEST(ExternalPeakTest, APathThatHasEndedSaysNothing) {
  const ExternalAnswer answer{kMorning, {{kMorning + minutes(1), 10, 20}}};
  EXPECT_FALSE(PeakOf(answer, kMorning + minutes(1), minutes(5)));
}

// A service that is asked about and seen every minute, with a lead of five.
class ExternalJudgeTest : public testing::Test {
 protected:
  using At = std::function<double(WallTime)>;
  static constexpr milliseconds kLead = minutes(5);

  void Live(milliseconds time, const At& demand, const At& expected, const At& built_in, double margin = 1.2) {
    for (const WallTime end = now_ + time; now_ < end; now_ += minutes(1)) {
      judge_.Observe(now_, demand(now_));
      ExternalAnswer answer{now_, {}};
      for (int i = 1; i <= 6; ++i) {
        const WallTime at = now_ + minutes(i);
        answer.path.push_back({at, expected(at), margin * expected(at)});
      }
      judge_.Remember(answer, built_in(now_ + kLead));
    }
  }
  static At Always(double value) {
    return [value](WallTime) { return value; };
  }

  WallTime now_ = kMorning;
  ExternalJudge judge_{kLead, minutes(1)};
};

TEST_F(ExternalJudgeTest, NobodyIsHeededBeforeThirtyPredictionsHaveComeTrue) {
  Live(kLead + minutes(ExternalJudge::kLeastJudged - 1), Always(100), Always(100), Always(100));
  EXPECT_EQ(judge_.judged(), ExternalJudge::kLeastJudged - 1);
  EXPECT_EQ(judge_.verdict(), Verdict::kLearning);
  Live(minutes(1), Always(100), Always(100), Always(100));
  EXPECT_EQ(judge_.judged(), ExternalJudge::kLeastJudged);
  EXPECT_EQ(judge_.verdict(), Verdict::kAccurate);
}

TEST(ExternalJudgeLeadTest, NorBeforeTheySpanTwoLeads) {
  const milliseconds lead = test::hours(1);
  ExternalJudge judge(lead, minutes(1));
  WallTime now = kMorning;
  const auto live = [&](milliseconds time) {
    for (const WallTime end = now + time; now < end; now += minutes(1)) {
      judge.Observe(now, 100);
      judge.Remember({now, {{now + lead, 100, 110}, {now + lead + minutes(1), 100, 110}}}, 100);
    }
  };
  live(3 * lead);
  EXPECT_GT(judge.judged(), ExternalJudge::kLeastJudged);
  EXPECT_EQ(judge.verdict(), Verdict::kLearning);
  live(minutes(1));
  EXPECT_EQ(judge.verdict(), Verdict::kAccurate);
}

TEST_F(ExternalJudgeTest, TheErrorIsThatOfTheExpectedDemandOneLeadAhead) {
  // A demand that rises by one a minute; the forecaster says at each moment what it will be, and is 10 % too high.
  const At rising = [](WallTime at) { return 100 + static_cast<double>((at - kMorning) / minutes(1)); };
  Live(
      test::hours(2), rising, [&](WallTime at) { return 1.1 * rising(at); }, rising);
  EXPECT_NEAR(*judge_.error(), 0.1, 1e-9);
  EXPECT_NEAR(*judge_.built_in_error(), 0, 1e-9);
}

TEST_F(ExternalJudgeTest, WhoIsMuchWorseThanTheBuiltInIsNotHeeded) {
  Live(test::hours(1), Always(100), Always(116), Always(110));
  EXPECT_EQ(judge_.verdict(), Verdict::kTooInaccurate) << "16 % against 10 %";
}

TEST_F(ExternalJudgeTest, WhoIsALittleWorseIs) {
  Live(test::hours(1), Always(100), Always(114), Always(110));
  EXPECT_EQ(judge_.verdict(), Verdict::kAccurate) << "14 % against 10 %";
}

TEST_F(ExternalJudgeTest, AnErrorOfFivePercentIsNoneWhateverTheBuiltInHas) {
  Live(test::hours(1), Always(100), Always(104.9), Always(100));
  EXPECT_EQ(judge_.verdict(), Verdict::kAccurate);
  Live(test::hours(48), Always(100), Always(108), Always(100));
  EXPECT_EQ(judge_.verdict(), Verdict::kTooInaccurate);
}

TEST_F(ExternalJudgeTest, AHairAboveTheBoundSilencesNobodyWhoIsHeeded) {
  Live(test::hours(1), Always(100), Always(114.9), Always(110));
  ASSERT_EQ(judge_.verdict(), Verdict::kAccurate);
  Live(test::hours(200), Always(100), Always(116), Always(110));
  EXPECT_GT(*judge_.error(), 1.5 * *judge_.built_in_error());
  EXPECT_EQ(judge_.verdict(), Verdict::kAccurate);
  Live(test::hours(1'000), Always(100), Always(118), Always(110));
  EXPECT_EQ(judge_.verdict(), Verdict::kTooInaccurate);
}

TEST_F(ExternalJudgeTest, WithoutABuiltInForecastTheLastDemandTakesItsPlace) {
  const At saw_tooth = [](WallTime at) { return (at.time_since_epoch() / minutes(1)) % 2 == 0 ? 100.0 : 200.0; };
  for (int i = 0; i < 60; ++i, now_ += minutes(1)) {
    judge_.Observe(now_, saw_tooth(now_));
    judge_.Remember(Flat(now_, 150, 200), std::nullopt);
  }
  // Five minutes later an even minute is an odd one: "as now" is wrong by 100 of 150 in the mean.
  EXPECT_NEAR(*judge_.built_in_error(), 100.0 / 150, 0.01);
  EXPECT_NEAR(*judge_.error(), 50.0 / 150, 0.01);
  EXPECT_EQ(judge_.verdict(), Verdict::kAccurate);
}

TEST_F(ExternalJudgeTest, CoverageIsOfTheMaximumOverTheLead) {
  // A spike of one minute in five: it lies in every lead, and the forecaster's quantile is below it.
  const At spiky = [](WallTime at) { return (at.time_since_epoch() / minutes(1)) % 5 == 0 ? 200.0 : 100.0; };
  Live(test::hours(2), spiky, Always(100), Always(100), 1.5);
  EXPECT_EQ(*judge_.coverage(), 0);
  Live(test::hours(1'000), spiky, Always(100), Always(100), 2.5);
  EXPECT_GT(*judge_.coverage(), 0.9);
  EXPECT_NEAR(judge_.slack(), (250.0 - 200) / 200, 0.05) << "what stood idle of the quantile";
}

TEST_F(ExternalJudgeTest, WhatNobodySawIsNotJudged) {
  Live(minutes(4), Always(100), Always(1'000), Always(100));
  now_ += test::hours(1);  // Prometheus was away
  Live(minutes(3), Always(100), Always(1'000), Always(100));
  EXPECT_EQ(judge_.judged(), 0);
  EXPECT_FALSE(judge_.error());
}

TEST_F(ExternalJudgeTest, AClockThatIsSetBackIsNoEvidence) {
  Live(minutes(4), Always(100), Always(1'000), Always(100));
  now_ -= test::hours(1);
  Live(minutes(3), Always(100), Always(1'000), Always(100));
  EXPECT_EQ(judge_.judged(), 0);
}

TEST_F(ExternalJudgeTest, AnIdleServiceHasNoError) {
  Live(test::hours(1), Always(0), Always(0), Always(0));
  EXPECT_EQ(*judge_.error(), 0);
  EXPECT_EQ(judge_.verdict(), Verdict::kAccurate);
}

}  // namespace
}  // namespace dso::decide
