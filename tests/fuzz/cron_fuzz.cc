// Any bytes as a cron schedule: an error that can be shown, or a schedule whose times are where they should be. The
// first eight bytes are the moment to ask for.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "byte_reader.h"
#include "calendar/cron.h"
#include "calendar/cron_parser.h"

namespace dso::fuzz {
namespace {

using calendar::CronFields;
using calendar::CronSchedule;
using calendar::LocalClock;
using std::chrono::hours;
using std::chrono::minutes;

// Far enough from where schedules have no times.
constexpr WallTime kBegin = std::chrono::sys_days(std::chrono::year(1900) / 1 / 1);
constexpr WallTime kEnd = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);

void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

void CheckError(const Error& error) {
  Check(error.code == ErrorCode::kInvalidArgument, "a bad schedule is an invalid argument");
  for (const char c : error.message) Check(c >= 0x20 && c < 0x7F, "a message has printable characters only");
}

bool Has(uint64_t mask, int64_t bit) { return (mask >> bit & 1) != 0; }

bool Matches(const CronFields& fields, WallTime utc) {
  const auto day = std::chrono::floor<std::chrono::days>(utc);
  const std::chrono::year_month_day date(day);
  const auto minute = std::chrono::floor<minutes>(utc - day).count();
  const bool by_month = Has(fields.month_days, static_cast<unsigned>(date.day()));
  const bool by_week = Has(fields.weekdays, std::chrono::weekday(day).c_encoding());
  return Has(fields.minutes, minute % 60) && Has(fields.hours, minute / 60) &&
         Has(fields.months, static_cast<unsigned>(date.month())) &&
         (fields.either_day ? by_month || by_week : by_month && by_week);
}

void CheckFields(const CronFields& fields) {
  Check(fields.minutes != 0 && fields.minutes >> 60 == 0, "minutes are 0 to 59");
  Check(fields.hours != 0 && fields.hours >> 24 == 0, "hours are 0 to 23");
  Check(fields.month_days >> 1 != 0 && fields.month_days >> 32 == 0 && !Has(fields.month_days, 0), "days are 1 to 31");
  Check(fields.months >> 1 != 0 && fields.months >> 13 == 0 && !Has(fields.months, 0), "months are 1 to 12");
  Check(fields.weekdays != 0 && fields.weekdays >> 7 == 0, "days of the week are 0 to 6");
}

void CheckTimes(const CronSchedule& schedule, const LocalClock& clock, WallTime at) {
  const auto next = schedule.Next(clock, at);
  const auto previous = schedule.Previous(clock, at);
  Check(!previous || *previous <= at, "the previous time is at or before");
  if (!next) return;
  Check(*next > at, "the next time is after");
  Check(schedule.Previous(clock, *next) == next, "it fires at the next time");
  Check(!previous || schedule.Next(clock, *previous) == next, "there is none between the previous and the next time");
}

void Run(std::string_view text, uint64_t moment) {
  const auto fields = calendar::ParseCron(text);
  const auto schedule = CronSchedule::Parse(text);
  Check(fields.ok() == schedule.ok(), "a schedule is what has fields");
  if (!schedule) return CheckError(schedule.error());
  CheckFields(*fields);
  const WallTime anywhere(milliseconds(static_cast<int64_t>(moment)));
  Check(schedule->Next({}, anywhere) > anywhere || !schedule->Next({}, anywhere), "the next time is after");
  const WallTime at = kBegin + milliseconds(moment % static_cast<uint64_t>(milliseconds(kEnd - kBegin).count()));
  CheckTimes(*schedule, LocalClock(), at);
  CheckTimes(*schedule, LocalClock({{at - hours(99), hours(1)}, {at, hours(2)}, {at + hours(5), hours(1)}}), at);
  for (const auto& time : {schedule->Next({}, at), schedule->Previous({}, at)}) {
    Check(!time || Matches(*fields, *time), "the clock shows a minute that matches");
  }
  Check(schedule->EverFires() || !schedule->Next({}, at), "what never fires has no next time");
  if (schedule->EverFires()) Check(!schedule->HasGapLongerThan(std::chrono::days(366 * 8)), "gaps have an end");
}

}  // namespace
}  // namespace dso::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dso::fuzz::ByteReader bytes(data, size);
  const auto moment = bytes.Take<uint64_t>();
  const size_t taken = std::min(size, sizeof moment);
  dso::fuzz::Run(std::string_view(reinterpret_cast<const char*>(data) + taken, size - taken), moment);
  return 0;
}
