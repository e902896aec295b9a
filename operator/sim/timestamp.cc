#include "sim/timestamp.h"

#include <charconv>
#include <cmath>

namespace dso::sim {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime kEarliest{milliseconds(0)};
constexpr WallTime kLatest{std::chrono::sys_days{std::chrono::year{2200} / 1 / 1}};
// In seconds it would be the year 5138, in milliseconds it is 1973.
constexpr double kLeastMilliseconds = 1e11;

// Reads a text from the front; each Take… removes what it has read.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }

  bool TakeAnyOf(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Exactly `digits` of them.
  bool TakeNumber(size_t digits, int* number) {
    if (rest_.size() < digits) return false;
    *number = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return false;
      *number = *number * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }

  // One digit or more behind the point.
  bool TakeFraction(milliseconds* fraction) {
    int scale = 100;
    int digit = 0;
    int taken = 0;
    int value = 0;
    for (; TakeNumber(1, &digit); ++taken, scale /= 10) value += digit * scale;
    *fraction = milliseconds(value);
    return taken > 0;
  }

 private:
  std::string_view rest_;
};

std::optional<WallTime> InRange(WallTime time) {
  if (time < kEarliest || time >= kLatest) return std::nullopt;
  return time;
}

std::optional<WallTime> ParseEpoch(std::string_view text) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const double in_ms = number > kLeastMilliseconds ? number : number * 1000;
  if (!(in_ms >= 0 && in_ms < static_cast<double>(kLatest.time_since_epoch().count()))) return std::nullopt;
  return WallTime(milliseconds(std::llround(in_ms)));
}

// The time of day and the zone, to be added to the date. Nothing read is midnight UTC.
bool TakeTimeOfDay(Reader& reader, milliseconds* since_midnight) {
  *since_midnight = milliseconds(0);
  if (!reader.TakeAnyOf("Tt ")) return reader.AtEnd();
  int hour = 0, minute = 0, second = 0;
  milliseconds fraction(0);
  if (!reader.TakeNumber(2, &hour) || !reader.TakeAnyOf(":") || !reader.TakeNumber(2, &minute)) return false;
  if (reader.TakeAnyOf(":") && !reader.TakeNumber(2, &second)) return false;
  if (reader.TakeAnyOf(".,") && !reader.TakeFraction(&fraction)) return false;
  if (hour > 23 || minute > 59 || second > 60) return false;  // 60: a leap second
  *since_midnight = hours(hour) + minutes(minute) + seconds(second) + fraction;

  reader.TakeAnyOf(" ");
  if (reader.AtEnd() || reader.TakeAnyOf("Zz")) return reader.AtEnd();
  const bool east = reader.TakeAnyOf("+");
  if (!east && !reader.TakeAnyOf("-")) return false;
  int offset_hours = 0, offset_minutes = 0;
  if (!reader.TakeNumber(2, &offset_hours)) return false;
  const bool colon = reader.TakeAnyOf(":");
  if ((colon || !reader.AtEnd()) && !reader.TakeNumber(2, &offset_minutes)) return false;
  if (!reader.AtEnd() || offset_hours > 23 || offset_minutes > 59) return false;
  const minutes offset = hours(offset_hours) + minutes(offset_minutes);
  *since_midnight += east ? -offset : offset;
  return true;
}

}  // namespace

std::optional<WallTime> ParseTimestamp(std::string_view text) {
  Reader reader(text);
  int year = 0, month = 0, day = 0;
  if (!reader.TakeNumber(4, &year) || !reader.TakeAnyOf("-")) return ParseEpoch(text);
  if (!reader.TakeNumber(2, &month) || !reader.TakeAnyOf("-") || !reader.TakeNumber(2, &day)) return std::nullopt;
  const std::chrono::year_month_day date = std::chrono::year(year) / month / day;
  milliseconds since_midnight(0);
  if (!date.ok() || !TakeTimeOfDay(reader, &since_midnight)) return std::nullopt;
  return InRange(WallTime(std::chrono::sys_days(date)) + since_midnight);
}

}  // namespace dso::sim
