#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace dso {
namespace {

struct Unit {
  std::string_view name;
  milliseconds length;
};
// Longest first, so that formatting can walk it; "ms" stands before "m" and "s" for the parser.
constexpr std::array<Unit, 6> kUnits{{{"w", std::chrono::weeks(1)},
                                      {"d", std::chrono::days(1)},
                                      {"h", std::chrono::hours(1)},
                                      {"ms", milliseconds(1)},
                                      {"m", std::chrono::minutes(1)},
                                      {"s", seconds(1)}}};
constexpr milliseconds kLongestDuration = std::chrono::days(366 * 10);

// Reads exactly `digits` decimal digits at the front of `text` and removes them; -1 if they are not there.
int TakeDigits(std::string_view& text, size_t digits) {
  int value = 0;
  if (text.size() < digits) return -1;
  for (size_t i = 0; i < digits; ++i) {
    if (!std::isdigit(static_cast<unsigned char>(text[i]))) return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool TakeChar(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

milliseconds TakeFraction(std::string_view& text) {
  int value = 0;
  int scale = 100;
  while (!text.empty() && std::isdigit(static_cast<unsigned char>(text.front()))) {
    value += (text.front() - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
  }
  return milliseconds(value);
}

}  // namespace

std::string FormatTime(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<seconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::string FormatMicroTime(WallTime time) {
  std::string text = FormatTime(time);
  text.pop_back();
  return text + fmt::format(".{:03}000Z", (time - std::chrono::floor<seconds>(time)).count());
}

Result<WallTime> ParseTime(std::string_view text) {
  std::string_view rest = text;
  const Error error =
      InvalidArgument(fmt::format("\"{}\" is not a time; write it as 2026-12-01T09:00:00Z (RFC 3339)", text));
  const int year = TakeDigits(rest, 4);
  const bool dash1 = TakeChar(rest, "-");
  const int month = TakeDigits(rest, 2);
  const bool dash2 = TakeChar(rest, "-");
  const int day = TakeDigits(rest, 2);
  const bool t = TakeChar(rest, "Tt ");
  const int hour = TakeDigits(rest, 2);
  const bool colon1 = TakeChar(rest, ":");
  const int minute = TakeDigits(rest, 2);
  const bool colon2 = TakeChar(rest, ":");
  const int second = TakeDigits(rest, 2);
  if (!dash1 || !dash2 || !t || !colon1 || !colon2 || year < 0 || month < 0 || day < 0) return error;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return error;
  milliseconds fraction(0);
  if (TakeChar(rest, ".")) {
    if (rest.empty() || !std::isdigit(static_cast<unsigned char>(rest.front()))) return error;
    fraction = TakeFraction(rest);
  }

  std::chrono::minutes offset(0);
  if (!TakeChar(rest, "Zz")) {
    if (rest.empty()) return error;
    const int sign = rest.front() == '-' ? -1 : 1;
    if (!TakeChar(rest, "+-")) return error;
    const int offset_hours = TakeDigits(rest, 2);
    TakeChar(rest, ":");
    const int offset_minutes = TakeDigits(rest, 2);
    if (offset_hours < 0 || offset_hours > 23 || offset_minutes < 0 || offset_minutes > 59) return error;
    offset = sign * std::chrono::minutes(offset_hours * 60 + offset_minutes);
  }
  const auto date = std::chrono::year(year) / month / day;
  if (!rest.empty() || !date.ok()) return error;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         seconds(second) + fraction - offset;
}

Result<milliseconds> ParseDuration(std::string_view text) {
  const Error error =
      InvalidArgument(fmt::format("\"{}\" is not a duration; write it as 300ms, 15s, 5m, 1h30m or 28d", text));
  std::string_view rest = text;
  double total_ms = 0;
  if (rest.empty()) return error;
  while (!rest.empty()) {
    double count = 0;
    const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), count, std::chars_format::fixed);
    if (code != std::errc() || count < 0 || std::signbit(count) || !std::isfinite(count)) return error;
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (rest.starts_with(candidate.name)) {
        unit = &candidate;
        break;
      }
    }
    if (unit == nullptr) return error;
    rest.remove_prefix(unit->name.size());
    total_ms += count * static_cast<double>(unit->length.count());
    if (total_ms > static_cast<double>(kLongestDuration.count())) {
      return InvalidArgument(fmt::format("\"{}\" is too long a duration; the longest is 3660d", text));
    }
  }
  return milliseconds(std::llround(total_ms));
}

std::string FormatDuration(milliseconds duration) {
  if (duration.count() == 0) return "0s";
  std::string text = duration.count() < 0 ? "-" : "";
  auto rest = std::chrono::abs(duration);
  const std::array<Unit, 5> descending{{{"d", std::chrono::days(1)},
                                        {"h", std::chrono::hours(1)},
                                        {"m", std::chrono::minutes(1)},
                                        {"s", seconds(1)},
                                        {"ms", milliseconds(1)}}};
  size_t first = 0;
  while (rest < descending[first].length) ++first;
  for (size_t i = first; i < std::min(first + 2, descending.size()); ++i) {
    const auto count = rest / descending[i].length;
    rest -= count * descending[i].length;
    if (count > 0) text += fmt::format("{}{}", count, descending[i].name);
  }
  return text;
}

}  // namespace dso
