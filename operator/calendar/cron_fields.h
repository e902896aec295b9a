// The five fields of a cron schedule as bit masks, and the search for the minutes of a local clock that they match:
// from month to month and day to day, not minute by minute. A value type; pure, thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace dso::calendar {

using LocalMinute = std::chrono::local_time<std::chrono::minutes>;

struct CronFields {
  uint64_t minutes = 0;     // bit m: the minute m, 0-59
  uint64_t hours = 0;       // bit h: the hour h, 0-23
  uint64_t month_days = 0;  // bit d: the day d of the month, 1-31
  uint64_t months = 0;      // bit m: the month m, 1-12
  uint64_t weekdays = 0;    // bit d: the day d of the week, 0-6, 0 is Sunday
  bool either_day = false;  // a day of the month or of the week is enough; otherwise it has to be both

  // The first match at or after, and the last one at or before a time in the years 1 to 9999. Nothing if there is none
  // in eight years: that is how far a 29 February can be from the next (2096 and 2104), and nothing is rarer. (A 29
  // February on a Monday cannot be asked for: a day that has to be both is one of which one field is "any".)
  std::optional<LocalMinute> Next(LocalMinute at_or_after) const;
  std::optional<LocalMinute> Previous(LocalMinute at_or_before) const;

  // Whether there are two matches with more than `gap` between them and none in between.
  bool HasGapLongerThan(std::chrono::milliseconds gap) const;

 private:
  // Bit d: the day d of the month, 1-31.
  uint64_t DaysIn(std::chrono::year_month month) const;
  std::optional<std::chrono::local_days> NextDay(std::chrono::local_days at_or_after) const;
  std::optional<std::chrono::local_days> PreviousDay(std::chrono::local_days at_or_before) const;
  // Minutes of a day, 0-1439.
  std::optional<int> NextInDay(int at_or_after) const;
  std::optional<int> PreviousInDay(int at_or_before) const;
};

}  // namespace dso::calendar
