#include "forecast/calendar.h"

#include <gtest/gtest.h>

#include <chrono>

namespace dso::forecast {
namespace {

using calendar::LocalClock;
using calendar::UtcOffset;
using std::chrono::hours;
using std::chrono::sys_days;
using std::chrono::year;

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;

int64_t Ms(WallTime time) { return time.time_since_epoch().count(); }

WallTime Utc(int y, unsigned month, unsigned day, milliseconds time) { return sys_days(year(y) / month / day) + time; }

int64_t DayNumber(int y, unsigned month, unsigned day) {
  return sys_days(year(y) / month / day).time_since_epoch().count();
}

// Central European time from a winter to the next: the clocks change at 01:00 UTC.
Calendar Berlin(std::vector<int64_t> special_days = {}) {
  return Calendar(LocalClock({{Utc(2025, 10, 26, hours(1)), hours(1)},
                              {Utc(2026, 3, 29, hours(1)), hours(2)},
                              {Utc(2026, 10, 25, hours(1)), hours(1)}}),
                  std::move(special_days));
}

TEST(CalendarTest, WithoutOffsetsLocalTimeIsUtc) {
  const Calendar calendar;
  for (const int64_t ms : {int64_t{0}, int64_t{1'780'272'000'123}, int64_t{-5}, int64_t{1} << 53}) {
    EXPECT_EQ(calendar.LocalMs(ms), ms);
    EXPECT_FALSE(calendar.IsSpecialDay(ms));
  }
}

TEST(CalendarTest, AnOffsetHoldsFromItsVeryMillisecond) {
  const Calendar calendar = Berlin();
  const int64_t spring = Ms(Utc(2026, 3, 29, hours(1)));
  EXPECT_EQ(calendar.LocalMs(spring - 1), spring - 1 + kHourMs);
  EXPECT_EQ(calendar.LocalMs(spring), spring + 2 * kHourMs);
  const int64_t autumn = Ms(Utc(2026, 10, 25, hours(1)));
  EXPECT_EQ(calendar.LocalMs(autumn - 1), autumn - 1 + 2 * kHourMs);
  EXPECT_EQ(calendar.LocalMs(autumn), autumn + kHourMs);
}

TEST(CalendarTest, TheFirstAndTheLastOffsetHoldForever) {
  const Calendar calendar = Berlin();
  const int64_t long_ago = Ms(Utc(1914, 7, 1, hours(0)));
  const int64_t far_off = Ms(Utc(2345, 7, 1, hours(0)));
  EXPECT_EQ(calendar.LocalMs(long_ago), long_ago + kHourMs);
  EXPECT_EQ(calendar.LocalMs(far_off), far_off + kHourMs);
}

TEST(CalendarTest, OffsetsMayBeNegativeAndOddMinutes) {
  const Calendar newfoundland(LocalClock({{WallTime(milliseconds(0)), -std::chrono::minutes(210)}}), {});
  EXPECT_EQ(newfoundland.LocalMs(0), -210 * 60'000);
}

TEST(CalendarTest, ASpecialDayLastsFromMidnightToMidnight) {
  const Calendar calendar({}, {DayNumber(2026, 12, 25)});
  EXPECT_FALSE(calendar.IsSpecialDay(Ms(Utc(2026, 12, 25, hours(0))) - 1));
  EXPECT_TRUE(calendar.IsSpecialDay(Ms(Utc(2026, 12, 25, hours(0)))));
  EXPECT_TRUE(calendar.IsSpecialDay(Ms(Utc(2026, 12, 26, hours(0))) - 1));
  EXPECT_FALSE(calendar.IsSpecialDay(Ms(Utc(2026, 12, 26, hours(0)))));
}

TEST(CalendarTest, ASpecialDayIsOneOfLocalTime) {
  const Calendar calendar = Berlin({DayNumber(2026, 5, 1)});
  EXPECT_FALSE(calendar.IsSpecialDay(Ms(Utc(2026, 4, 30, hours(22))) - 1));
  EXPECT_TRUE(calendar.IsSpecialDay(Ms(Utc(2026, 4, 30, hours(22)))));
  EXPECT_FALSE(calendar.IsSpecialDay(Ms(Utc(2026, 5, 1, hours(22)))));
}

TEST(CalendarTest, SpecialDaysComeInAnyOrder) {
  const Calendar calendar({}, {7, -3, 5, 0});
  for (int64_t day = -5; day < 10; ++day) {
    const bool special = day == 7 || day == -3 || day == 5 || day == 0;
    EXPECT_EQ(calendar.IsSpecialDay(day * kDayMs), special) << day;
    EXPECT_EQ(calendar.IsSpecialDay(day * kDayMs + kDayMs / 2), special) << day;
    EXPECT_EQ(calendar.IsSpecialDay((day + 1) * kDayMs - 1), special) << day;
  }
}

TEST(CalendarTest, TheTextTellsCalendarsApart) {
  const WallTime start(milliseconds(5));
  const std::vector<Calendar> calendars{Calendar(),
                                        Calendar(LocalClock({{start, hours(1)}}), {}),
                                        Calendar(LocalClock({{start, hours(2)}}), {}),
                                        Calendar(LocalClock({{start + milliseconds(1), hours(1)}}), {}),
                                        Calendar(LocalClock({{start, hours(1)}}), {3}),
                                        Calendar({}, {3}),
                                        Calendar({}, {3, 4}),
                                        Calendar({}, {34})};
  for (size_t i = 0; i < calendars.size(); ++i) {
    for (size_t j = 0; j < calendars.size(); ++j) {
      EXPECT_EQ(calendars[i].Text() == calendars[j].Text(), i == j) << i << ' ' << j;
    }
  }
  EXPECT_EQ(Calendar({}, {4, 3}).Text(), Calendar({}, {3, 4}).Text());
}

TEST(CalendarTest, CountsTheBytesItHolds) {
  EXPECT_EQ(Calendar().MemoryBytes(), 0u);
  EXPECT_GE(Berlin({1, 2}).MemoryBytes(), 3 * sizeof(UtcOffset) + 2 * sizeof(int64_t));
}

}  // namespace
}  // namespace dso::forecast
