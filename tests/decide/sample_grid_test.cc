#include "decide/sample_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::kMorning;
using test::minutes;
using ::testing::ElementsAre;
using ::testing::IsNan;

TEST(SampleGridTest, AStepIsTheMeanOfItsSamples) {
  SampleGrid grid(minutes(1), 10);
  grid.Add(kMorning, 1);
  grid.Add(kMorning + seconds(30), 3);
  grid.Add(kMorning + minutes(1), 10);
  EXPECT_THAT(grid.Until(kMorning + minutes(1), 10), ElementsAre(2, 10));
}

TEST(SampleGridTest, WhatWasNotSeenIsNotZero) {
  SampleGrid grid(minutes(1), 10);
  grid.Add(kMorning, 1);
  grid.Add(kMorning + minutes(3), 4);
  EXPECT_THAT(grid.Until(kMorning + minutes(5), 10), ElementsAre(1, IsNan(), IsNan(), 4, IsNan(), IsNan()));
}

TEST(SampleGridTest, OnlyTheNewestAreGiven) {
  SampleGrid grid(minutes(1), 10);
  for (int i = 0; i < 5; ++i) grid.Add(kMorning + minutes(i), i);
  EXPECT_THAT(grid.Until(kMorning + minutes(4), 2), ElementsAre(3, 4));
  EXPECT_THAT(grid.Until(kMorning + minutes(1), 10), ElementsAre(0, 1)) << "what came later is not of that time";
}

TEST(SampleGridTest, OldStepsAreForgotten) {
  SampleGrid grid(minutes(1), 100);
  for (int i = 0; i < 10'000; ++i) grid.Add(kMorning + minutes(i), i);
  const std::vector<double> values = grid.Until(kMorning + minutes(9'999), 1'000'000);
  ASSERT_EQ(values.size(), 100u);
  EXPECT_EQ(values.front(), 9'900);
  EXPECT_EQ(values.back(), 9'999);
}

TEST(SampleGridTest, AGapLongerThanTheMemoryLeavesNothingOfBefore) {
  SampleGrid grid(minutes(1), 10);
  grid.Add(kMorning, 1);
  grid.Add(kMorning + test::hours(10'000), 2);
  EXPECT_THAT(grid.Until(kMorning + test::hours(10'000), 100), ElementsAre(2));
}

TEST(SampleGridTest, ALateSampleIsIgnored) {
  SampleGrid grid(minutes(1), 10);
  grid.Add(kMorning + minutes(1), 5);
  grid.Add(kMorning, 1);
  EXPECT_THAT(grid.Until(kMorning + minutes(1), 10), ElementsAre(5));
}

TEST(SampleGridTest, AClockThatIsSetBackFindsNothing) {
  SampleGrid grid(minutes(1), 10);
  grid.Add(kMorning, 1);
  EXPECT_TRUE(grid.Until(kMorning - test::hours(1), 10).empty());
}

}  // namespace
}  // namespace dso::decide
