// Random schedules, compared with the minute-by-minute search.
#include <gtest/gtest.h>

#include <random>

#include "calendar/cron.h"
#include "tests/calendar/clocks.h"
#include "tests/calendar/cron_oracle.h"

namespace dso::calendar {
namespace {

using std::chrono::days;

class RandomCron {
 public:
  explicit RandomCron(uint64_t seed) : random_(seed) {}

  int Between(int first, int last) {
    return first + static_cast<int>(random_() % static_cast<uint64_t>(last - first + 1));
  }

  std::string Make() {
    return Field(0, 59) + " " + Field(0, 23) + " " + Field(1, 31) + " " + Field(1, 12) + " " + Field(0, 6);
  }

 private:
  std::string Field(int min, int max) {
    if (Between(0, 2) == 0) return Between(0, 3) == 0 ? "?" : "*";
    std::string list = Member(min, max);
    while (Between(0, 2) == 0) list += "," + Member(min, max);
    return list;
  }
  std::string Member(int min, int max) {
    const int first = Between(min, max);
    switch (Between(0, 5)) {
      case 0: return "*/" + std::to_string(Between(1, max));
      case 1: return std::to_string(first) + "/" + std::to_string(Between(1, max));
      case 2: return std::to_string(first) + "-" + std::to_string(Between(first, max));
      case 3:
        return std::to_string(first) + "-" + std::to_string(Between(first, max)) + "/" +
               std::to_string(Between(1, max));
      default: return std::to_string(first);
    }
  }

  std::mt19937_64 random_;
};

void Compare(const CronSchedule& schedule, const LocalClock& clock, WallTime at, milliseconds within) {
  const CronOracle oracle(schedule.text());
  const auto next = schedule.Next(clock, at);
  const auto expected_next = oracle.Next(clock, at, within);
  if (expected_next || (next && *next <= at + within)) {
    ASSERT_EQ(next, expected_next) << schedule.text() << " after " << FormatTime(at);
  }
  const auto previous = schedule.Previous(clock, at);
  const auto expected_previous = oracle.Previous(clock, at, within);
  if (expected_previous || (previous && *previous >= at - within)) {
    ASSERT_EQ(previous, expected_previous) << schedule.text() << " at or before " << FormatTime(at);
  }
}

TEST(CronProperty, AgreesWithTheSearchMinuteByMinute) {
  RandomCron random(1);
  for (int i = 0; i < 300; ++i) {
    const auto schedule = CronSchedule::Parse(random.Make());
    ASSERT_TRUE(schedule);
    const WallTime at = Utc(2024, 1, 1) + milliseconds(int64_t{86'400'000} * random.Between(0, 1500)) +
                        milliseconds(random.Between(0, 86'399'999));
    Compare(*schedule, {}, at, days(40));
  }
}

TEST(CronProperty, AgreesRoundChangesOfTheClock) {
  const std::vector<std::pair<LocalClock, WallTime>> changes{
      {Berlin(), Utc(2026, 3, 29, 1)},
      {Berlin(), Utc(2026, 10, 25, 1)},
      {NewYork(), Utc(2026, 3, 8, 7)},
      {NewYork(), Utc(2026, 11, 1, 6)},
      // A date that is left out, and one that comes twice.
      {LocalClock({{Utc(2011, 1, 1), -std::chrono::hours(10)},
                   {Utc(2011, 12, 30, 10), std::chrono::hours(14)},
                   {Utc(2012, 5, 1), -std::chrono::hours(10)}}),
       Utc(2011, 12, 30, 10)},
      // Two changes in one hour.
      {LocalClock({{Utc(2011, 1, 1), std::chrono::hours(1)},
                   {Utc(2026, 1, 1), std::chrono::hours(3)},
                   {Utc(2026, 1, 1, 0, 30), std::chrono::hours(0)}}),
       Utc(2026, 1, 1)}};
  RandomCron random(2);
  for (int i = 0; i < 1500; ++i) {
    const auto schedule = CronSchedule::Parse(random.Make());
    ASSERT_TRUE(schedule);
    const auto& [clock, change] = changes[static_cast<size_t>(i) % changes.size()];
    const milliseconds away(random.Between(-3 * 3'600'000, 3 * 3'600'000));
    Compare(*schedule, clock, change + away, days(3));
    Compare(*schedule, clock, change, days(3));
  }
}

// Also over years: what is after what is before, and what is before what is after.
TEST(CronProperty, NextAndPreviousAreInverse) {
  RandomCron random(3);
  for (int i = 0; i < 3000; ++i) {
    const auto schedule = CronSchedule::Parse(random.Make());
    ASSERT_TRUE(schedule);
    const LocalClock clock = i % 2 == 0 ? Berlin() : NewYork();
    const WallTime at = Utc(2024, 1, 1) + milliseconds(int64_t{86'400'000} * random.Between(0, 1500));
    const auto next = schedule->Next(clock, at);
    ASSERT_EQ(next.has_value(), schedule->EverFires()) << schedule->text();
    if (!next) continue;
    ASSERT_GT(*next, at);
    ASSERT_EQ(schedule->Previous(clock, *next), next) << schedule->text();
    const auto previous = schedule->Previous(clock, *next - milliseconds(1));
    ASSERT_TRUE(previous && *previous <= at) << schedule->text();
    ASSERT_EQ(schedule->Next(clock, *previous), next) << schedule->text();
  }
}

}  // namespace
}  // namespace dso::calendar
