#include "calendar/cron.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/calendar/clocks.h"

namespace dso::calendar {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

CronSchedule Cron(std::string_view text) { return *CronSchedule::Parse(text); }

std::string Shown(const std::optional<WallTime>& time) { return time ? FormatTime(*time) : "never"; }
std::string Next(std::string_view text, std::string_view after, const LocalClock& clock = {}) {
  return Shown(Cron(text).Next(clock, *ParseTime(after)));
}
std::string Previous(std::string_view text, std::string_view at_or_before, const LocalClock& clock = {}) {
  return Shown(Cron(text).Previous(clock, *ParseTime(at_or_before)));
}

TEST(CronSchedule, FiresOnTheMinute) {
  EXPECT_EQ(Next("* * * * *", "2026-07-09T14:45:00Z"), "2026-07-09T14:46:00Z");
  EXPECT_EQ(Next("* * * * *", "2026-07-09T14:45:59.999Z"), "2026-07-09T14:46:00Z");
  EXPECT_EQ(Next("46 * * * *", "2026-07-09T14:45:59.999Z"), "2026-07-09T14:46:00Z");
  EXPECT_EQ(Previous("46 * * * *", "2026-07-09T14:46:00Z"), "2026-07-09T14:46:00Z");
  EXPECT_EQ(Previous("46 * * * *", "2026-07-09T14:46:59.999Z"), "2026-07-09T14:46:00Z");
  EXPECT_EQ(Previous("46 * * * *", "2026-07-09T14:45:59.999Z"), "2026-07-09T13:46:00Z");
}

struct Case {
  const char* schedule;
  const char* at;  // never a time that it fires
  const char* previous;
  const char* next;
};

// The first of them are robfig/cron's own (spec_test.go), without their seconds.
TEST(CronSchedule, FindsWhatIsBeforeAndAfter) {
  const std::vector<Case> cases{
      {"0/15 * * * *", "2012-07-09T14:46:00Z", "2012-07-09T14:45:00Z", "2012-07-09T15:00:00Z"},
      {"20-35/15 * * * *", "2012-07-09T15:45:00Z", "2012-07-09T15:35:00Z", "2012-07-09T16:20:00Z"},
      {"*/15 * * * *", "2012-07-09T23:46:00Z", "2012-07-09T23:45:00Z", "2012-07-10T00:00:00Z"},
      {"20-35/15 1/2 */2 * *", "2012-07-09T23:45:20Z", "2012-07-09T23:35:00Z", "2012-07-11T01:20:00Z"},
      {"0 0 9 Apr-Oct ?", "2012-07-09T23:35:00Z", "2012-07-09T00:00:00Z", "2012-08-09T00:00:00Z"},
      {"0 0 */5 Apr,Aug,Oct Mon", "2012-07-09T23:35:00Z", "2012-04-30T00:00:00Z", "2012-08-01T00:00:00Z"},
      {"0 0 */5 Oct Mon", "2012-07-09T23:35:00Z", "2011-10-31T00:00:00Z", "2012-10-01T00:00:00Z"},
      {"0 0 * Feb Mon", "2012-07-09T23:35:00Z", "2012-02-27T00:00:00Z", "2013-02-04T00:00:00Z"},
      {"0 0 * Feb Mon/2", "2012-07-09T23:35:00Z", "2012-02-29T00:00:00Z", "2013-02-01T00:00:00Z"},
      {"0 0 1 1 *", "2012-07-09T23:35:00Z", "2012-01-01T00:00:00Z", "2013-01-01T00:00:00Z"},
      {"@yearly", "2026-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
      {"@monthly", "2026-02-15T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"},
      {"@weekly", "2026-07-15T00:00:00Z", "2026-07-12T00:00:00Z", "2026-07-19T00:00:00Z"},
      {"@daily", "2026-07-15T00:00:01Z", "2026-07-15T00:00:00Z", "2026-07-16T00:00:00Z"},
      {"@hourly", "2026-07-15T23:30:00Z", "2026-07-15T23:00:00Z", "2026-07-16T00:00:00Z"},
      {"0 9 * * mon-fri", "2026-07-18T12:00:00Z", "2026-07-17T09:00:00Z", "2026-07-20T09:00:00Z"},
      {"0 9 13 * fri", "2026-03-10T12:00:00Z", "2026-03-06T09:00:00Z", "2026-03-13T09:00:00Z"},
      {"0 9 31 * ?", "2026-04-15T00:00:00Z", "2026-03-31T09:00:00Z", "2026-05-31T09:00:00Z"},
      {"59 23 31 12 *", "1970-01-01T00:00:00Z", "1969-12-31T23:59:00Z", "1970-12-31T23:59:00Z"},
      {"30 8,18 * * *", "2026-07-18T18:29:00Z", "2026-07-18T08:30:00Z", "2026-07-18T18:30:00Z"},
      {"30 8,18 * * *", "2026-07-18T08:29:00Z", "2026-07-17T18:30:00Z", "2026-07-18T08:30:00Z"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(Next(test.schedule, test.at), test.next) << test.schedule;
    EXPECT_EQ(Previous(test.schedule, test.at), test.previous) << test.schedule;
    EXPECT_EQ(Previous(test.schedule, test.next), test.next) << test.schedule;
    EXPECT_EQ(Next(test.schedule, test.previous), test.next) << test.schedule;
  }
}

TEST(CronSchedule, FindsLeapDays) {
  EXPECT_EQ(Next("0 0 29 2 *", "2026-01-01T00:00:00Z"), "2028-02-29T00:00:00Z");
  EXPECT_EQ(Previous("0 0 29 2 *", "2026-01-01T00:00:00Z"), "2024-02-29T00:00:00Z");
  EXPECT_EQ(Next("0 0 29 2 *", "2096-03-01T00:00:00Z"), "2104-02-29T00:00:00Z") << "2100 has none";
  EXPECT_EQ(Previous("0 0 29 2 *", "2104-02-28T00:00:00Z"), "2096-02-29T00:00:00Z");
  EXPECT_EQ(Next("0 0 29 2 sun", "2027-02-28T00:00:00Z"), "2028-02-06T00:00:00Z") << "either is enough";
}

TEST(CronSchedule, NeverFiresOnADayThatIsNot) {
  for (const char* text : {"0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "* * 30-31 feb ?"}) {
    EXPECT_FALSE(Cron(text).EverFires()) << text;
    EXPECT_EQ(Next(text, "2026-01-01T00:00:00Z"), "never");
    EXPECT_EQ(Previous(text, "2026-01-01T00:00:00Z"), "never");
    EXPECT_EQ(Shown(Cron(text).Next(Berlin(), Utc(2026, 1, 1))), "never");
    EXPECT_EQ(Shown(Cron(text).Previous(Berlin(), Utc(2026, 1, 1))), "never");
  }
  EXPECT_TRUE(Cron("0 0 30 2 mon").EverFires()) << "on Mondays of February";
  EXPECT_TRUE(Cron("0 0 29 2 *").EverFires());
}

TEST(CronSchedule, HasNoTimesOutsideOfTheYearsOfFourDigits) {
  for (const WallTime at : {WallTime::min(), WallTime::max(), Utc(-1, 1, 1), Utc(10'001, 1, 1)}) {
    EXPECT_EQ(Cron("* * * * *").Next(NewYork(), at), std::nullopt);
    EXPECT_EQ(Cron("* * * * *").Previous(NewYork(), at), std::nullopt);
  }
}

TEST(CronSchedule, FollowsTheClockOfThePlace) {
  EXPECT_EQ(Next("0 9 * * *", "2026-01-10T00:00:00Z", Berlin()), "2026-01-10T08:00:00Z");
  EXPECT_EQ(Next("0 9 * * *", "2026-07-10T00:00:00Z", Berlin()), "2026-07-10T07:00:00Z");
  EXPECT_EQ(Next("0 21 * * sun", "2026-07-13T00:59:00Z", NewYork()), "2026-07-13T01:00:00Z") << "still Sunday there";
  EXPECT_EQ(Previous("0 0 1 1 *", "2026-07-01T00:00:00Z", Berlin()), "2025-12-31T23:00:00Z");
  const LocalClock nepal({{Utc(2000, 1, 1), minutes(345)}});
  EXPECT_EQ(Next("0 9 * * *", "2026-07-10T00:00:00Z", nepal), "2026-07-10T03:15:00Z");
}

// Berlin: on 29 March 2026 after 01:59 comes 03:00, at 01:00 UTC.
TEST(CronSchedule, WhatTheClockSkipsFiresAtTheChange) {
  EXPECT_EQ(Next("30 2 * * *", "2026-03-28T12:00:00Z", Berlin()), "2026-03-29T01:00:00Z");
  EXPECT_EQ(Next("30 2 * * *", "2026-03-29T00:59:59Z", Berlin()), "2026-03-29T01:00:00Z");
  EXPECT_EQ(Next("30 2 * * *", "2026-03-29T01:00:00Z", Berlin()), "2026-03-30T00:30:00Z");
  EXPECT_EQ(Previous("30 2 * * *", "2026-03-29T12:00:00Z", Berlin()), "2026-03-29T01:00:00Z");
  EXPECT_EQ(Previous("30 2 * * *", "2026-03-29T00:59:59Z", Berlin()), "2026-03-28T01:30:00Z");
  EXPECT_EQ(Next("0 2 * * *", "2026-03-28T12:00:00Z", Berlin()), "2026-03-29T01:00:00Z");
  EXPECT_EQ(Next("0 3 * * *", "2026-03-28T12:00:00Z", Berlin()), "2026-03-29T01:00:00Z");
  EXPECT_EQ(Next("30 2 29 3 *", "2026-01-01T00:00:00Z", Berlin()), "2026-03-29T01:00:00Z");
  EXPECT_EQ(Next("0 * * * *", "2026-03-29T00:00:00Z", Berlin()), "2026-03-29T01:00:00Z");
  EXPECT_EQ(Next("0 * * * *", "2026-03-29T01:00:00Z", Berlin()), "2026-03-29T02:00:00Z");
  EXPECT_EQ(Next("30 2 8 3 *", "2026-01-01T00:00:00Z", NewYork()), "2026-03-08T07:00:00Z");
}

// Berlin: on 25 October 2026 after 02:59 comes 02:00, at 01:00 UTC.
TEST(CronSchedule, WhatTheClockShowsTwiceFiresTwice) {
  EXPECT_EQ(Next("30 2 * * *", "2026-10-24T12:00:00Z", Berlin()), "2026-10-25T00:30:00Z");
  EXPECT_EQ(Next("30 2 * * *", "2026-10-25T00:30:00Z", Berlin()), "2026-10-25T01:30:00Z");
  EXPECT_EQ(Next("30 2 * * *", "2026-10-25T01:30:00Z", Berlin()), "2026-10-26T01:30:00Z");
  EXPECT_EQ(Previous("30 2 * * *", "2026-10-25T12:00:00Z", Berlin()), "2026-10-25T01:30:00Z");
  EXPECT_EQ(Previous("30 2 * * *", "2026-10-25T01:29:59Z", Berlin()), "2026-10-25T00:30:00Z");
  EXPECT_EQ(Next("59 2 * * *", "2026-10-25T00:58:00Z", Berlin()), "2026-10-25T00:59:00Z");
  EXPECT_EQ(Previous("59 2 * * *", "2026-10-25T01:00:00Z", Berlin()), "2026-10-25T00:59:00Z");
  EXPECT_EQ(Next("0 * * * *", "2026-10-25T00:00:00Z", Berlin()), "2026-10-25T01:00:00Z");
  EXPECT_EQ(Next("0 * * * *", "2026-10-25T01:00:00Z", Berlin()), "2026-10-25T02:00:00Z");
  EXPECT_EQ(Next("30 1 1 11 *", "2026-01-01T00:00:00Z", NewYork()), "2026-11-01T05:30:00Z");
  EXPECT_EQ(Next("30 1 1 11 *", "2026-11-01T05:30:00Z", NewYork()), "2026-11-01T06:30:00Z");
}

TEST(CronSchedule, CrossesManyChangesOfTheClock) {
  EXPECT_EQ(Next("30 2 29 2 *", "2024-02-29T01:30:00Z", Berlin()), "2028-02-29T01:30:00Z");
  EXPECT_EQ(Previous("30 2 29 2 *", "2028-02-29T01:29:00Z", Berlin()), "2024-02-29T01:30:00Z");
  EXPECT_EQ(Next("0 0 1 1 *", "2099-07-01T00:00:00Z", Berlin()), "2099-12-31T23:00:00Z");
}

TEST(CronSchedule, KnowsItsLongestGap) {
  const auto is_longest = [](std::string_view text, milliseconds gap) {
    EXPECT_FALSE(Cron(text).HasGapLongerThan(gap)) << text;
    EXPECT_TRUE(Cron(text).HasGapLongerThan(gap - milliseconds(1))) << text;
  };
  is_longest("* * * * *", minutes(1));
  is_longest("*/15 * * * *", minutes(15));
  is_longest("0,10,35 * * * *", minutes(25));
  is_longest("0 * * * *", hours(1));
  is_longest("@daily", hours(24));
  is_longest("0 9,17 * * *", hours(16));
  is_longest("0,30 9-17 * * *", hours(15) + minutes(30));
  is_longest("0,30 0,23 * * *", hours(22) + minutes(30));
  is_longest("0 9 * * mon-fri", days(3));
  is_longest("0 0 * * sat,sun", days(6));
  is_longest("@weekly", days(7));
  is_longest("@monthly", days(31));
  is_longest("0 0 31 * *", days(61));
  is_longest("@yearly", days(366));
  is_longest("0 0 29 2 *", days(1461));
}

TEST(CronSchedule, KeepsItsText) {
  EXPECT_EQ(Cron("0 9 * * MON-FRI").text(), "0 9 * * MON-FRI");
  EXPECT_EQ(Cron("0\n9 * * *").text(), "0 9 * * *");
}

TEST(CronSchedule, RefusesWhatIsNoSchedule) {
  const auto schedule = CronSchedule::Parse("0 25 * * *");
  ASSERT_FALSE(schedule);
  EXPECT_THAT(schedule.error().message, HasSubstr("hour \"25\""));
}

}  // namespace
}  // namespace dso::calendar
