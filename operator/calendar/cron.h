// When a cron schedule fires on the clock of a place. A value type; const access is thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "calendar/cron_fields.h"
#include "calendar/local_clock.h"

namespace dso::calendar {

// It fires whenever the clock reaches a minute that it matches, as Kubernetes' CronJobs do: twice in the hour that is
// shown twice when clocks are turned back. What lies in the hour that is skipped when clocks are put forward fires at
// the change; a CronJob leaves it out, but what was announced should not be missed.
class CronSchedule {
 public:
  // What is understood and what is refused: cron_parser.h.
  static Result<CronSchedule> Parse(std::string_view text);

  // The last time at or before a moment, and the first time after it. Nothing if it never fires, nor for a moment that
  // is not in the years 1 to 9999.
  std::optional<WallTime> Previous(const LocalClock& clock, WallTime at_or_before) const;
  std::optional<WallTime> Next(const LocalClock& clock, WallTime after) const;

  // False for one that waits for a day that does not exist, such as 30 February.
  bool EverFires() const;
  // Whether there ever is a time that no other follows within `gap`. Changes of clocks do not count.
  bool HasGapLongerThan(milliseconds gap) const { return fields_.HasGapLongerThan(gap); }

  // As it was given, on one line.
  const std::string& text() const { return text_; }

 private:
  CronSchedule(std::string text, const CronFields& fields) : text_(std::move(text)), fields_(fields) {}

  std::string text_;
  CronFields fields_;
};

}  // namespace dso::calendar
