#include "cli/view.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cli/plot_axis.h"
#include "tests/cli/sample_messages.h"

namespace dso::cli {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using test::kNow;
using test::SampleView;

TEST(View, TimesOfOtherDaysHaveTheDay) {
  EXPECT_EQ(TimeText(SampleView(), kNow), "16:17:01 CET");
  EXPECT_EQ(TimeText(SampleView(), kNow + hours(8)), "Tue 25 Nov 00:17:01 CET");
  EXPECT_EQ(TimeText(SampleView(), kNow + days(60)), "Fri 23 Jan 2026 16:17:01 CET");
}

TEST(View, AgesAreForPeople) {
  EXPECT_EQ(AgeText(SampleView(), kNow), "now");
  EXPECT_EQ(AgeText(SampleView(), kNow - seconds(252)), "4m12s ago");
  EXPECT_EQ(AgeText(SampleView(), kNow + hours(25)), "in 1d1h");
}

TEST(View, QuantitiesHavePrefixesWhereTheyAreLarge) {
  EXPECT_EQ(QuantityText(63.123), "63.1");
  EXPECT_EQ(QuantityText(123456), "123456");
  EXPECT_EQ(QuantityText(1.25e6), "1.25M");
  EXPECT_EQ(QuantityText(-3e9), "-3G");
  EXPECT_EQ(QuantityText(4.2e12), "4.2T");
  EXPECT_EQ(QuantityText(1.2e30), "1.20e+30");
  EXPECT_EQ(QuantityText(std::numeric_limits<double>::quiet_NaN()), "–");
}

TEST(View, WidthIsThatOfCharacters) {
  EXPECT_EQ(DisplayWidth("7 → 8"), 5);
  EXPECT_EQ(DisplayWidth("\x1b[1mbold\x1b[0m"), 4);
}

TEST(View, CutEndsWithAnEllipsis) {
  EXPECT_EQ(Cut("short", 5), "short");
  EXPECT_EQ(Cut("too long", 5), "too…");
  EXPECT_EQ(Cut("größer als", 6), "größe…");
}

TEST(View, HangBreaksBetweenWords) {
  EXPECT_EQ(Hang("one two three", 9, 2), "one two\n  three");
  EXPECT_EQ(Hang("one  two", 80, 0), "one two");
  EXPECT_EQ(Hang("a-word-that-is-longer b", 8, 0), "a-word-that-is-longer\nb");
  EXPECT_EQ(Hang("", 8, 2), "");
}

TEST(View, PrintableHasNoControlCharacters) {
  EXPECT_EQ(Printable("a\x1b[2J\nb\x7f"), "a [2J b ");
  EXPECT_EQ(Printable("a\xC2\x9B"
                      "b"),
            "a b");  // CSI of eight bits
  EXPECT_EQ(Printable("größer → ist"), "größer → ist");
}

TEST(ValueAxis, HasRoundSteps) {
  const auto last_label = [](double highest, int most) {
    const ValueAxis axis = ValueAxisTo(highest, most);
    return axis.Label(axis.steps);
  };
  EXPECT_EQ(last_label(63.1, 8), "70");
  EXPECT_EQ(last_label(63.1, 5), "80");
  EXPECT_EQ(last_label(1, 4), "1.00");
  EXPECT_EQ(last_label(0.003, 4), "0.003");
  EXPECT_EQ(last_label(9.9e9, 4), "10G");
  EXPECT_EQ(last_label(0, 4), "1");
}

TEST(ValueAxis, ReachesWhatItHasToAndNotMuchFurther) {
  for (double highest = 1e-9; highest < 1e300; highest *= 3.7) {
    for (const int most : {2, 4, 8, 12}) {
      const ValueAxis axis = ValueAxisTo(highest, most);
      EXPECT_GE(axis.top(), highest * (1 - 1e-9)) << highest;
      EXPECT_LE(axis.top(), highest + axis.step) << highest;
      EXPECT_LE(axis.steps, most) << highest;
    }
  }
}

TEST(TimeMarks, AreAtWholeHoursOfTheClockOnTheWall) {
  const auto marks = TimeMarks(SampleView(), kNow, kNow + hours(24), 9);
  ASSERT_EQ(marks.size(), 8U);
  EXPECT_EQ(marks.front().label, "18:00");
  EXPECT_EQ(marks[2].label, "Tue 25");
  EXPECT_EQ(marks.back().label, "15:00");
}

TEST(TimeMarks, FromSecondsToWeeks) {
  EXPECT_EQ(TimeMarks(SampleView(), kNow, kNow + seconds(45), 9).front().label, "16:17:10");
  EXPECT_EQ(TimeMarks(SampleView(), kNow, kNow + minutes(30), 9).front().label, "16:20");
  EXPECT_EQ(TimeMarks(SampleView(), kNow, kNow + days(7), 9).front().label, "Tue 25");
  EXPECT_TRUE(TimeMarks(SampleView(), kNow, kNow + days(3650), 9).empty());
}

}  // namespace
}  // namespace dso::cli
