#include "calendar/event_calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/calendar/clocks.h"
#include "tests/calendar/cron_oracle.h"

namespace dso::calendar {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr milliseconds kTick(1);

Event OnceFrom(std::string name, int from, int to, double multiplier, int min_replicas = 0) {
  return {std::move(name), OneOff{Utc(2026, 5, 4, from), Utc(2026, 5, 4, to)}, multiplier, min_replicas};
}
Event Daily(std::string name, std::string_view schedule, milliseconds duration, double multiplier,
            int min_replicas = 0) {
  return {std::move(name), Recurring{*CronSchedule::Parse(schedule), {}, duration}, multiplier, min_replicas};
}
WallTime At(int hour, int minute = 0) { return Utc(2026, 5, 4, hour, minute); }
std::string NameOf(const Event* event) { return event == nullptr ? "-" : event->name; }

TEST(EventCalendar, AnEmptyOneSaysNothing) {
  const EventCalendar calendar;
  EXPECT_EQ(calendar.MultiplierAt(At(9)), 1);
  const Outlook outlook = calendar.Over(At(0), At(23));
  EXPECT_EQ(outlook.multiplier, 1);
  EXPECT_EQ(outlook.multiplied_by, nullptr);
  EXPECT_EQ(outlook.min_replicas, 0);
  EXPECT_EQ(outlook.raised_by, nullptr);
  EXPECT_FALSE(calendar.NextAfter(At(0)));
}

TEST(EventCalendar, OccurrencesAreHalfOpen) {
  for (const Event& event : {OnceFrom("once", 9, 11, 2, 5), Daily("daily", "0 9 * * *", hours(2), 2, 5)}) {
    const EventCalendar calendar({event});
    EXPECT_EQ(calendar.MultiplierAt(At(9) - kTick), 1);
    EXPECT_EQ(calendar.MultiplierAt(At(9)), 2);
    EXPECT_EQ(calendar.MultiplierAt(At(11) - kTick), 2);
    EXPECT_EQ(calendar.MultiplierAt(At(11)), 1);
    // The window is closed at both ends.
    EXPECT_EQ(calendar.Over(At(8), At(9) - kTick).min_replicas, 0);
    EXPECT_EQ(calendar.Over(At(8), At(9)).min_replicas, 5);
    EXPECT_EQ(calendar.Over(At(11) - kTick, At(12)).multiplier, 2);
    EXPECT_EQ(calendar.Over(At(11), At(12)).multiplier, 1);
  }
}

TEST(EventCalendar, TheLargestOfThoseThatOverlapWinsAndIsNamed) {
  const EventCalendar calendar({OnceFrom("small", 9, 15, 1.5, 20), OnceFrom("large", 12, 13, 3, 4),
                                OnceFrom("other", 12, 13, 3), Daily("floor", "0 14 * * *", hours(4), 1, 30)});
  EXPECT_EQ(calendar.MultiplierAt(At(11)), 1.5);
  EXPECT_EQ(calendar.MultiplierAt(At(12)), 3);
  EXPECT_EQ(calendar.MultiplierAt(At(14)), 1.5);
  EXPECT_EQ(calendar.MultiplierAt(At(16)), 1);
  const Outlook noon = calendar.Over(At(11), At(12));
  EXPECT_EQ(noon.multiplier, 3);
  EXPECT_EQ(NameOf(noon.multiplied_by), "large") << "the first of equals";
  EXPECT_EQ(noon.min_replicas, 20);
  EXPECT_EQ(NameOf(noon.raised_by), "small");
  const Outlook evening = calendar.Over(At(15), At(20));
  EXPECT_EQ(evening.multiplier, 1);
  EXPECT_EQ(evening.multiplied_by, nullptr);
  EXPECT_EQ(evening.min_replicas, 30);
  EXPECT_EQ(NameOf(evening.raised_by), "floor");
}

TEST(EventCalendar, AQuietTimeCountsOnlyWhereItLastsThroughout) {
  const EventCalendar calendar({OnceFrom("quiet", 9, 12, 0.5)});
  EXPECT_EQ(calendar.MultiplierAt(At(10)), 0.5);
  EXPECT_EQ(calendar.Over(At(9), At(12) - kTick).multiplier, 0.5);
  EXPECT_EQ(NameOf(calendar.Over(At(9), At(10)).multiplied_by), "quiet");
  EXPECT_EQ(calendar.Over(At(9) - kTick, At(10)).multiplier, 1);
  EXPECT_EQ(calendar.Over(At(10), At(12)).multiplier, 1);
  EXPECT_EQ(calendar.Over(At(10), At(12)).multiplied_by, nullptr);
}

TEST(EventCalendar, QuietTimesMayFollowOneAnother) {
  const EventCalendar calendar(
      {OnceFrom("a", 9, 12, 0.5), OnceFrom("b", 12, 15, 0.7), Daily("c", "0 15-17 * * *", hours(1), 0.6)});
  EXPECT_EQ(calendar.Over(At(9), At(11)).multiplier, 0.5);
  EXPECT_EQ(calendar.Over(At(9), At(18) - kTick).multiplier, 0.7);
  EXPECT_EQ(NameOf(calendar.Over(At(9), At(18) - kTick).multiplied_by), "b");
  EXPECT_EQ(calendar.Over(At(15), At(17)).multiplier, 0.6);
  EXPECT_EQ(calendar.Over(At(9), At(18)).multiplier, 1);
}

TEST(EventCalendar, AnEventWithoutAMultiplierDoesNotDisturbAQuietTime) {
  const EventCalendar calendar({OnceFrom("quiet", 9, 12, 0.5), OnceFrom("floor", 8, 13, 1, 3)});
  EXPECT_EQ(calendar.MultiplierAt(At(10)), 0.5);
  EXPECT_EQ(calendar.Over(At(9), At(11)).min_replicas, 3);
  EXPECT_EQ(calendar.Over(At(12), At(12, 30)).multiplier, 1);
}

TEST(EventCalendar, ALouderEventWinsOverAQuietTime) {
  const EventCalendar calendar({OnceFrom("quiet", 9, 12, 0.5), OnceFrom("sale", 10, 11, 2)});
  EXPECT_EQ(calendar.MultiplierAt(At(10)), 2);
  EXPECT_EQ(calendar.Over(At(9), At(10)).multiplier, 2);
  EXPECT_EQ(calendar.Over(At(11), At(11, 30)).multiplier, 0.5);
}

TEST(EventCalendar, LastsOverMidnightAndOverlapsItself) {
  const EventCalendar calendar({Daily("night", "0 22 * * *", hours(8), 2), Daily("long", "0 9,10 * * *", hours(3), 3)});
  EXPECT_EQ(calendar.MultiplierAt(At(5, 59)), 2);
  EXPECT_EQ(calendar.MultiplierAt(At(6)), 1);
  EXPECT_EQ(calendar.MultiplierAt(At(12, 30)), 3);
  EXPECT_EQ(calendar.MultiplierAt(At(13)), 1);
}

TEST(EventCalendar, FindsWhatBeginsNext) {
  const EventCalendar calendar({Daily("daily", "0 9 * * *", hours(2), 2), OnceFrom("once", 8, 10, 2),
                                OnceFrom("also", 9, 10, 2), OnceFrom("past", 1, 2, 2)});
  const auto once = calendar.NextAfter(At(7));
  ASSERT_TRUE(once);
  EXPECT_EQ(NameOf(once->event), "once");
  EXPECT_EQ(once->start, At(8));
  EXPECT_EQ(once->end, At(10));
  const auto daily = calendar.NextAfter(At(8));
  ASSERT_TRUE(daily);
  EXPECT_EQ(NameOf(daily->event), "daily");
  EXPECT_EQ(daily->start, At(9));
  EXPECT_EQ(daily->end, At(11));
  EXPECT_EQ(calendar.NextAfter(At(9))->start, At(9) + hours(24));
}

// On 25 October 2026 clocks in Berlin show 02:00 to 03:00 twice, and on 29 March not at all.
TEST(EventCalendar, LastsForItsDurationWhenClocksChange) {
  const EventCalendar calendar(
      {Event{"night", Recurring{*CronSchedule::Parse("0 2 * * *"), Berlin(), hours(1)}, 2, 0}});
  EXPECT_EQ(calendar.MultiplierAt(Utc(2026, 10, 25, 0)), 2);
  EXPECT_EQ(calendar.MultiplierAt(Utc(2026, 10, 25, 1, 59)), 2);
  EXPECT_EQ(calendar.MultiplierAt(Utc(2026, 10, 25, 2)), 1);
  EXPECT_EQ(calendar.MultiplierAt(Utc(2026, 3, 29, 0, 59)), 1);
  EXPECT_EQ(calendar.MultiplierAt(Utc(2026, 3, 29, 1)), 2);
  EXPECT_EQ(calendar.MultiplierAt(Utc(2026, 3, 29, 2)), 1);
}

Event RandomEvent(std::mt19937_64& random) {
  const auto below = [&random](uint64_t n) { return static_cast<int>(random() % n); };
  constexpr std::array<double, 6> kMultipliers{0.3, 0.5, 0.9, 1, 1.5, 4};
  Event event{.name = "event", .when = {}, .multiplier = kMultipliers[random() % 6], .min_replicas = below(4)};
  if (below(2) == 0) {
    const WallTime start = At(0) + minutes(below(2 * 1440));
    event.when = OneOff{start, start + minutes(1 + below(600))};
  } else {
    const std::string schedule =
        std::to_string(below(60)) + " */" + std::to_string(1 + below(12)) + (below(2) == 0 ? " * * *" : " * * 1,3");
    const LocalClock clock = below(2) == 0 ? LocalClock() : Berlin();
    event.when = Recurring{*CronSchedule::Parse(schedule), clock, minutes(1 + below(90))};
  }
  return event;
}

bool LastsAt(const Event& event, WallTime at) {
  if (const auto* const one_off = std::get_if<OneOff>(&event.when)) return one_off->start <= at && at < one_off->end;
  const auto& recurring = std::get<Recurring>(event.when);
  return CronOracle(recurring.schedule.text()).Previous(recurring.clock, at, recurring.duration - kTick).has_value();
}

// Events begin and end on minutes: what holds at all minutes of a window holds at all its moments.
TEST(EventCalendarProperty, TheOutlookIsTheMaximumOverAllMinutes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    std::vector<Event> events(random() % 6);
    for (Event& event : events) event = RandomEvent(random);
    const EventCalendar calendar(events);
    const WallTime from = At(0) + minutes(random() % 2000);
    const WallTime to = from + minutes(random() % 200);
    double multiplier = 0;
    int min_replicas = 0;
    for (WallTime at = from; at <= to; at += minutes(1)) {
      double largest = 0;
      for (const Event& event : events) {
        if (!LastsAt(event, at)) continue;
        if (event.multiplier != 1) largest = std::max(largest, event.multiplier);
        min_replicas = std::max(min_replicas, event.min_replicas);
      }
      if (largest == 0) largest = 1;
      ASSERT_EQ(calendar.MultiplierAt(at), largest) << i << ' ' << FormatTime(at);
      multiplier = std::max(multiplier, largest);
    }
    const Outlook outlook = calendar.Over(from, to);
    ASSERT_EQ(outlook.multiplier, multiplier) << i;
    ASSERT_EQ(outlook.min_replicas, min_replicas) << i;
    ASSERT_EQ(outlook.multiplied_by == nullptr ? 1 : outlook.multiplied_by->multiplier, multiplier);
    ASSERT_EQ(outlook.raised_by == nullptr ? 0 : outlook.raised_by->min_replicas, min_replicas);
  }
}

}  // namespace
}  // namespace dso::calendar
