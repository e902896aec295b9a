// Seasons on the local clock and on special days.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <numbers>

#include "forecast/season.h"

namespace dso::forecast {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;
const ProfileKind kPlain{.gain = 0.2};

double Wave(int64_t ms) { return std::sin(2 * std::numbers::pi * static_cast<double>(ms) / kDayMs); }

void Feed(Season& season, int64_t from, int64_t to, const std::function<double(int64_t)>& demand,
          const Calendar& calendar) {
  for (int64_t ms = from; ms < to; ms += kHourMs) season.Take(ms, demand(ms), calendar);
}

TEST(SeasonCalendarTest, ThePhaseFollowsTheLocalClock) {
  const Calendar calendar(
      calendar::LocalClock({{WallTime(milliseconds(0)), std::chrono::hours(1)},
                            {WallTime(milliseconds(20 * kDayMs + kHourMs)), std::chrono::hours(2)}}),
      {});
  Season season(kDayMs, kHourMs, {kPlain});
  const auto demand = [&](int64_t ms) { return 100 + 50 * Wave(calendar.LocalMs(ms)); };
  Feed(season, 0, 20 * kDayMs, demand, calendar);
  EXPECT_DOUBLE_EQ(season.Phase(20 * kDayMs, calendar), 1);
  EXPECT_DOUBLE_EQ(season.Phase(20 * kDayMs + kHourMs, calendar), 3);  // an hour is left out
  for (int64_t ms = 21 * kDayMs; ms < 22 * kDayMs; ms += kHourMs) {
    EXPECT_NEAR(100 + season.At(0, season.Phase(ms, calendar)), demand(ms), 0.5) << ms;
  }
  // And nothing is unlearned in the weeks after.
  Feed(season, 20 * kDayMs, 30 * kDayMs, demand, calendar);
  for (int64_t ms = 30 * kDayMs; ms < 31 * kDayMs; ms += kHourMs) {
    EXPECT_NEAR(100 + season.At(0, season.Phase(ms, calendar)), demand(ms), 2) << ms;
  }
}

// Demand of a fifth of the usual on special days.
struct HolidayTest : testing::Test {
  double DemandAt(int64_t ms, double quotient = 0.2) const {
    const double usual = 1000 + 500 * Wave(ms);
    return calendar.IsSpecialDay(ms) ? quotient * usual : usual;
  }
  void FeedUpTo(int64_t day, double quotient = 0.2) {
    Feed(
        season, fed * kDayMs, day * kDayMs, [&](int64_t ms) { return DemandAt(ms, quotient); }, calendar);
    fed = day;
  }

  const Calendar calendar{{}, {10, 20, 30}};
  Season season{kDayMs, kHourMs, {kPlain, {.gain = 0.2, .multiplicative = true}}};
  int64_t fed = 0;
};

TEST_F(HolidayTest, AreUsualDaysBeforeTheFirstHasBeenSeen) {
  FeedUpTo(10);
  for (int hour = 0; hour < 24; ++hour) {
    EXPECT_EQ(season.At(0, hour, true), season.At(0, hour, false));
    EXPECT_EQ(season.At(1, hour, true), season.At(1, hour, false));
  }
}

// What is newest counts alone, and all of the special day, but nothing of the day after, has a centred mean: until noon
// the profile is that of the day before.
TEST_F(HolidayTest, AreNotLearnedIntoTheProfile) {
  Season aware(kDayMs, kHourMs, {{.gain = 1}});
  Season unaware = aware;
  const int64_t noon_after = 11 * kDayMs + 12 * kHourMs;
  Feed(
      aware, 0, noon_after, [&](int64_t ms) { return DemandAt(ms); }, calendar);
  Feed(unaware, 0, noon_after, [&](int64_t ms) { return DemandAt(ms); }, {});
  for (int hour = 1; hour < 12; ++hour) {
    EXPECT_NEAR(aware.At(0, hour), 500 * Wave(hour * kHourMs), 0.01) << hour;
    EXPECT_LT(unaware.At(0, hour), 450 * Wave(hour * kHourMs)) << hour;
  }
}

TEST_F(HolidayTest, AreRememberedForTheNext) {
  FeedUpTo(20);
  // The mean is that of the day round the moment, the quotient thus 0.2 at midday and larger towards midnight, where
  // half of that day is a usual one. Its product with the usual mean is nearer to the truth than the profile all day.
  for (int hour = 3; hour < 22; ++hour) {
    const double truth = 0.2 * (1000 + 500 * Wave(hour * kHourMs));
    const double special = 1000 * season.At(1, hour, true);
    const double usual = 1000 * season.At(1, hour, false);
    EXPECT_LT(std::abs(special - truth), std::abs(usual - truth)) << hour;
    // The additive kind says the same of the mean of the last period.
    EXPECT_NEAR(season.At(0, hour, true), 1000 * (season.At(1, hour, true) - 1), 2) << hour;
  }
}

TEST_F(HolidayTest, TheNewestCountsHalf) {
  FeedUpTo(20);
  std::array<double, 24> first{};
  for (int hour = 0; hour < 24; ++hour) first[static_cast<size_t>(hour)] = season.At(1, hour, true);
  Season other = season;
  FeedUpTo(22);  // the same again
  Feed(
      other, 20 * kDayMs, 22 * kDayMs, [&](int64_t ms) { return DemandAt(ms, 1); }, calendar);  // a usual day
  for (int hour = 0; hour < 24; ++hour) {
    const double usual = 1 + 0.5 * Wave(hour * kHourMs);
    EXPECT_NEAR(season.At(1, hour, true), first[static_cast<size_t>(hour)], 0.01) << hour;
    EXPECT_NEAR(other.At(1, hour, true), (first[static_cast<size_t>(hour)] + usual) / 2, 0.03) << hour;
  }
}

// Nor is the day before or after measured by a mean that the special day is in.
TEST_F(HolidayTest, DoNotBendTheProfileOfTheirNeighbours) {
  FeedUpTo(25);
  for (int hour = 0; hour < 24; ++hour) {
    EXPECT_NEAR(season.At(0, hour), 500 * Wave(hour * kHourMs), 5) << hour;
    EXPECT_NEAR(season.At(1, hour), 1 + 0.5 * Wave(hour * kHourMs), 0.005) << hour;
  }
}

// The first of all days is special, and so there is no usual mean yet.
TEST_F(HolidayTest, MayBeTheFirstDay) {
  const Calendar first({}, {0});
  const auto demand = [&](int64_t ms) { return (first.IsSpecialDay(ms) ? 0.2 : 1) * (1000 + 500 * Wave(ms)); };
  Feed(season, 0, 4 * kDayMs, demand, first);
  for (int hour = 0; hour < 24; ++hour) EXPECT_NEAR(season.At(0, hour), 500 * Wave(hour * kHourMs), 100) << hour;
}

// What came before the gap did not come on the special days in it.
TEST_F(HolidayTest, NothingIsLearnedFromThoseInALongGap) {
  FeedUpTo(5);
  season.Take(32 * kDayMs + 12 * kHourMs, 1000, calendar);
  for (int hour = 0; hour < 24; ++hour) ASSERT_EQ(season.At(1, hour, true), season.At(1, hour, false)) << hour;
}

}  // namespace
}  // namespace dso::forecast
