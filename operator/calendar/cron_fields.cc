#include "calendar/cron_fields.h"

#include <algorithm>
#include <bit>

namespace dso::calendar {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::year_month;
using std::chrono::year_month_day;

constexpr std::chrono::years kFarthest(8);
// From 1901 to 2099 the days of the week fall on the same dates again after as long.
constexpr local_days kCycleBegin{std::chrono::year(2000) / 1 / 1};
constexpr local_days kCycleEnd{std::chrono::year(2028) / 1 / 1};

// The bits from `bit` on, and those up to and with it. Precondition: 0 <= bit < 64.
constexpr uint64_t From(int bit) { return ~uint64_t{0} << bit; }
constexpr uint64_t UpTo(int bit) { return ~uint64_t{0} >> (63 - bit); }
// Precondition: mask != 0.
constexpr int First(uint64_t mask) { return std::countr_zero(mask); }
constexpr int Last(uint64_t mask) { return std::bit_width(mask) - 1; }

// The longest way from one bit to the next.
int LongestStep(uint64_t mask) {
  int longest = 0;
  while (std::popcount(mask) > 1) {
    const uint64_t rest = mask & (mask - 1);
    longest = std::max(longest, First(rest) - First(mask));
    mask = rest;
  }
  return longest;
}

}  // namespace

uint64_t CronFields::DaysIn(year_month month) const {
  if ((months >> static_cast<unsigned>(month.month()) & 1) == 0) return 0;
  // The week over and over, then shifted so that the bit 1 is the day of the week of the 1st.
  constexpr uint64_t kWeeks = 1 | 1ULL << 7 | 1ULL << 14 | 1ULL << 21 | 1ULL << 28 | 1ULL << 35;
  const unsigned first = std::chrono::weekday(local_days(month / 1)).c_encoding();
  const uint64_t by_week = weekdays * kWeeks >> first << 1;
  const int length = static_cast<int>(static_cast<unsigned>((month / std::chrono::last).day()));
  return (either_day ? month_days | by_week : month_days & by_week) & From(1) & UpTo(length);
}

std::optional<local_days> CronFields::NextDay(local_days at_or_after) const {
  const year_month_day date(at_or_after);
  year_month month = date.year() / date.month();
  uint64_t left = DaysIn(month) & From(static_cast<int>(static_cast<unsigned>(date.day())));
  while (left == 0) {
    month += std::chrono::months(1);
    if (month.year() > date.year() + kFarthest) return std::nullopt;
    left = DaysIn(month);
  }
  return local_days(month / First(left));
}

std::optional<local_days> CronFields::PreviousDay(local_days at_or_before) const {
  const year_month_day date(at_or_before);
  year_month month = date.year() / date.month();
  uint64_t left = DaysIn(month) & UpTo(static_cast<int>(static_cast<unsigned>(date.day())));
  while (left == 0) {
    month -= std::chrono::months(1);
    if (month.year() < date.year() - kFarthest) return std::nullopt;
    left = DaysIn(month);
  }
  return local_days(month / Last(left));
}

std::optional<int> CronFields::NextInDay(int at_or_after) const {
  const int hour = at_or_after / 60;
  const uint64_t in_hour = minutes & From(at_or_after % 60);
  if ((hours >> hour & 1) != 0 && in_hour != 0) return hour * 60 + First(in_hour);
  const uint64_t later = hours & From(hour + 1);
  if (later == 0) return std::nullopt;
  return First(later) * 60 + First(minutes);
}

std::optional<int> CronFields::PreviousInDay(int at_or_before) const {
  const int hour = at_or_before / 60;
  const uint64_t in_hour = minutes & UpTo(at_or_before % 60);
  if ((hours >> hour & 1) != 0 && in_hour != 0) return hour * 60 + Last(in_hour);
  const uint64_t earlier = hour == 0 ? 0 : hours & UpTo(hour - 1);
  if (earlier == 0) return std::nullopt;
  return Last(earlier) * 60 + Last(minutes);
}

std::optional<LocalMinute> CronFields::Next(LocalMinute at_or_after) const {
  const local_days today = std::chrono::floor<days>(at_or_after);
  std::optional<local_days> day = NextDay(today);
  if (day == today) {
    const auto minute = NextInDay(static_cast<int>((at_or_after - today).count()));
    if (minute) return today + std::chrono::minutes(*minute);
    day = NextDay(today + days(1));
  }
  if (!day) return std::nullopt;
  return *day + std::chrono::minutes(First(hours) * 60 + First(minutes));
}

std::optional<LocalMinute> CronFields::Previous(LocalMinute at_or_before) const {
  const local_days today = std::chrono::floor<days>(at_or_before);
  std::optional<local_days> day = PreviousDay(today);
  if (day == today) {
    const auto minute = PreviousInDay(static_cast<int>((at_or_before - today).count()));
    if (minute) return today + std::chrono::minutes(*minute);
    day = PreviousDay(today - days(1));
  }
  if (!day) return std::nullopt;
  return *day + std::chrono::minutes(Last(hours) * 60 + Last(minutes));
}

bool CronFields::HasGapLongerThan(std::chrono::milliseconds gap) const {
  const int last_less_first = Last(minutes) - First(minutes);
  const int within_hour = LongestStep(minutes);
  const int between_hours = std::popcount(hours) > 1 ? LongestStep(hours) * 60 - last_less_first : 0;
  if (std::chrono::minutes(std::max(within_hour, between_hours)) > gap) return true;

  // From the last match of a day to the first one of the next.
  const std::chrono::minutes occupied((Last(hours) - First(hours)) * 60 + last_less_first);
  std::optional<local_days> day = NextDay(kCycleBegin);
  while (day && *day < kCycleEnd) {
    const std::optional<local_days> next = NextDay(*day + days(1));
    if (!next || *next - *day - occupied > gap) return true;
    day = next;
  }
  return false;
}

}  // namespace dso::calendar
