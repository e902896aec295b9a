#include "controller/external_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace dso::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsNan;
using ::testing::SizeIs;

constexpr WallTime kMorning{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1} + hours(9)};
const decide::HistoryPlan kPlan{
    .length = hours(48), .step = minutes(5), .recent_length = hours(24), .recent_step = minutes(1)};

ExternalSeries Read(const decide::HistoryPlan& plan = kPlan) {
  ExternalSeries series(plan);
  for (WallTime at = kMorning - hours(48); at < kMorning - hours(24); at += minutes(5)) series.LearnPast(at, 10);
  for (WallTime at = kMorning - hours(24); at <= kMorning; at += minutes(1)) series.LearnPast(at, 20);
  series.FinishHistory();
  return series;
}

TEST(ExternalSeriesTest, NothingIsKnownBeforeAHistoryHasBeenRead) {
  ExternalSeries series(kPlan);
  EXPECT_FALSE(series.known());
  series.LearnNow(kMorning, 5);
  series.FinishHistory();
  EXPECT_TRUE(series.known());
  EXPECT_THAT(series.History(kMorning).values, SizeIs(0));
  EXPECT_THAT(series.Recent(kMorning, kMorning).values, ElementsAre(IsNan())) << "of a service that is new";
}

TEST(ExternalSeriesTest, TheHistoryIsOnItsGridWhateverItWasReadIn) {
  const rpc::ForecastSamples history = Read().History(kMorning);
  EXPECT_EQ(history.step, minutes(5));
  EXPECT_EQ(history.values.size(), 576u);
  EXPECT_EQ(history.start + history.step * 575, kMorning);
  EXPECT_EQ(history.values[286], 10);
  EXPECT_EQ(history.values[288], 20);
}

TEST(ExternalSeriesTest, WhatIsSeenSinceIsAPartOfIt) {
  ExternalSeries series = Read();
  for (int i = 1; i <= 60; ++i) series.LearnNow(kMorning + minutes(i), 30);
  const rpc::ForecastSamples history = series.History(kMorning + minutes(60));
  EXPECT_EQ(history.values.size(), 576u) << "what is older than the history is forgotten";
  EXPECT_EQ(history.values.back(), 30);
}

TEST(ExternalSeriesTest, TheNewestSamplesEndNow) {
  ExternalSeries series = Read();
  const WallTime now = kMorning + seconds(42);
  const rpc::ForecastSamples recent = series.Recent(now, kMorning);
  EXPECT_EQ(recent.step, minutes(1));
  EXPECT_EQ(recent.values.size(), 121u) << "two hours at least";
  EXPECT_EQ(recent.start + recent.step * 120, now);
  EXPECT_THAT(recent.values, Each(20));
  EXPECT_EQ(series.Recent(now, now - hours(5)).values.size(), 301u) << "all since Fit";
  EXPECT_EQ(series.Recent(now, now - hours(500)).values.size(), 1440u) << "a day at most";
}

TEST(ExternalSeriesTest, AStepThatHasJustBegunHasTheValueOfTheOneBefore) {
  ExternalSeries series = Read();
  EXPECT_EQ(series.Recent(kMorning + minutes(1), kMorning).values.back(), 20);
  EXPECT_TRUE(std::isnan(series.Recent(kMorning + minutes(2), kMorning).values.back())) << "and no older one";
}

TEST(ExternalSeriesTest, WhileAnotherHistoryIsReadTheOneBeforeIsUsed) {
  ExternalSeries series = Read();
  series.BeginHistory(kPlan);
  series.LearnPast(kMorning - hours(48), 99);
  EXPECT_EQ(series.History(kMorning).values.size(), 576u);
  series.FinishHistory();
  EXPECT_EQ(series.History(kMorning - hours(48)).values, std::vector<double>{99});
}

}  // namespace
}  // namespace dso::controller
