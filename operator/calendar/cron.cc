#include "calendar/cron.h"

#include <algorithm>
#include <cctype>

#include "calendar/cron_parser.h"

namespace dso::calendar {
namespace {

using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year;

bool IsInRange(WallTime at) { return at >= sys_days(year(1) / 1 / 2) && at < sys_days(year(9999) / 12 / 31); }

}  // namespace

Result<CronSchedule> CronSchedule::Parse(std::string_view text) {
  const auto fields = ParseCron(text);
  if (!fields) return fields.error();
  std::string shown(text);
  std::ranges::replace_if(
      shown, [](unsigned char c) { return std::isspace(c) != 0; }, ' ');
  return CronSchedule(std::move(shown), *fields);
}

// `match` is the first one from `searched_from` on, on the local clock; each turn looks where it lies in a stretch of
// time that has one offset.
std::optional<WallTime> CronSchedule::Next(const LocalClock& clock, WallTime after) const {
  if (!IsInRange(after)) return std::nullopt;
  OffsetInfo info = clock.InfoAt(after);
  LocalMinute searched_from = std::chrono::floor<minutes>(info.ToLocal(after)) + minutes(1);
  std::optional<LocalMinute> match = fields_.Next(searched_from);
  while (match) {
    const WallTime fires = info.ToUtc(*match);
    if (fires < info.end) return std::max(fires, info.begin);  // before the beginning: skipped by the clock
    info = clock.InfoAt(info.end);
    const LocalMinute begin = std::chrono::ceil<minutes>(info.ToLocal(info.begin));
    if (begin < searched_from) {  // the clock is turned back
      searched_from = begin;
      match = fields_.Next(searched_from);
    }
  }
  return std::nullopt;
}

// `match` is the last one up to `searched_to`.
std::optional<WallTime> CronSchedule::Previous(const LocalClock& clock, WallTime at_or_before) const {
  if (!IsInRange(at_or_before)) return std::nullopt;
  OffsetInfo info = clock.InfoAt(at_or_before);
  LocalMinute searched_to = std::chrono::floor<minutes>(info.ToLocal(at_or_before));
  std::optional<LocalMinute> match = fields_.Previous(searched_to);
  while (match) {
    const WallTime fires = info.ToUtc(*match);
    if (fires >= info.begin) return fires;
    const WallTime change = info.begin;
    info = clock.InfoAt(change - milliseconds(1));
    if (info.ToUtc(*match) >= change) return change;  // skipped by the clock
    const LocalMinute end = std::chrono::floor<minutes>(info.ToLocal(change - milliseconds(1)));
    if (end > searched_to) {  // the clock was turned back
      searched_to = end;
      match = fields_.Previous(searched_to);
    }
  }
  return std::nullopt;
}

bool CronSchedule::EverFires() const { return fields_.Next(LocalMinute(std::chrono::days(0))).has_value(); }

}  // namespace dso::calendar
