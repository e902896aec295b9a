// The clocks of two places from 2000 to 2037, by the rules that hold in 2026: no database is needed.
#pragma once

#include <chrono>
#include <utility>
#include <vector>

#include "base/time.h"
#include "calendar/local_clock.h"

namespace dso::calendar {

inline WallTime Utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  return std::chrono::sys_days(std::chrono::year(year) / month / day) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}
inline LocalTime Local(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  return LocalTime(Utc(year, month, day, hour, minute, second).time_since_epoch());
}

// On the last Sundays of March and of October at 01:00 UTC.
inline LocalClock Berlin() {
  using namespace std::chrono;
  std::vector<UtcOffset> offsets;
  for (year y(2000); y < year(2038); ++y) {
    offsets.push_back({sys_days(y / March / Sunday[last]) + hours(1), hours(2)});
    offsets.push_back({sys_days(y / October / Sunday[last]) + hours(1), hours(1)});
  }
  offsets.insert(offsets.begin(), {sys_days(year(2000) / 1 / 1), hours(1)});
  return LocalClock(std::move(offsets));
}

// On the second Sunday of March and the first of November at 02:00 on the clock.
inline LocalClock NewYork() {
  using namespace std::chrono;
  std::vector<UtcOffset> offsets;
  for (year y(2000); y < year(2038); ++y) {
    offsets.push_back({sys_days(y / March / Sunday[2]) + hours(7), -hours(4)});
    offsets.push_back({sys_days(y / November / Sunday[1]) + hours(6), -hours(5)});
  }
  offsets.insert(offsets.begin(), {sys_days(year(2000) / 1 / 1), -hours(5)});
  return LocalClock(std::move(offsets));
}

}  // namespace dso::calendar
