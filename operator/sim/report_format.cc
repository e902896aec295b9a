#include "sim/report_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace dso::sim {
namespace {

constexpr std::string_view kUnknown = "–";
constexpr std::string_view kMinus = "−";

struct Prefix {
  int exponent;
  std::string_view suffix;
};
constexpr std::array<Prefix, 15> kPrefixes{{{-15, "f"},
                                            {-12, "p"},
                                            {-9, "n"},
                                            {-6, "µ"},
                                            {0, ""},
                                            {3, "k"},
                                            {6, "M"},
                                            {9, "G"},
                                            {12, "T"},
                                            {15, "P"},
                                            {18, "E"},
                                            {21, "Z"},
                                            {24, "Y"},
                                            {27, "R"},
                                            {30, "Q"}}};

std::string WithoutTrailingZeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

// Rounded to so many digits first, so that 999.9 becomes 1000 and with it "1k".
double Rounded(double value, int digits) {
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - digits + 1);
  const double rounded = std::round(value / unit) * unit;
  return unit > 0 && std::isfinite(rounded) ? rounded : value;
}

std::string Fixed(double value, int significant_digits) {
  const int before_point = static_cast<int>(std::floor(std::log10(value) + 1e-9)) + 1;
  return WithoutTrailingZeros(fmt::format("{:.{}f}", value, std::clamp(significant_digits - before_point, 0, 12)));
}

std::chrono::sys_days DayOf(WallTime at) { return std::chrono::floor<std::chrono::days>(at); }

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
  return escaped;
}

std::string FormatSi(double value, int significant_digits) {
  if (!std::isfinite(value)) return std::string(kUnknown);
  if (value < 0) return std::string(kMinus) + FormatSi(-value, significant_digits);
  if (value < 1e-18) return "0";
  const double rounded = Rounded(value, significant_digits);
  if (rounded >= 1e-3 * (1 - 1e-12) && rounded < 1) return Fixed(rounded, significant_digits);
  const Prefix* prefix = &kPrefixes.front();
  for (const Prefix& candidate : kPrefixes) {
    if (rounded >= std::pow(10.0, candidate.exponent) * (1 - 1e-12)) prefix = &candidate;
  }
  const double scaled = rounded / std::pow(10.0, prefix->exponent);
  if (scaled >= 1e6) return fmt::format("{:.{}g}", value, significant_digits);
  return Fixed(scaled, significant_digits).append(prefix->suffix);
}

std::string FormatGrouped(double value) {
  if (!std::isfinite(value) || std::abs(value) < 100 || std::abs(value) >= 1e9) return FormatSi(value, 4);
  const std::string digits = fmt::format("{:.0f}", std::abs(value));
  std::string grouped = value < 0 ? std::string(kMinus) : std::string();
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += "\u202f";
    grouped += digits[i];
  }
  return grouped;
}

std::string FormatPercent(double share) {
  const double percent = share * 100;
  if (!std::isfinite(percent)) return std::string(kUnknown);
  if (percent < 0) return std::string(kMinus) + FormatPercent(-share);
  if (percent == 0) return "0\u00a0%";
  if (percent < 1e-4) return "≈0\u00a0%";
  if (percent >= 100'000) return FormatSi(percent) + "\u00a0%";
  if (percent < 0.995) return Fixed(Rounded(percent, 2), 2) + "\u00a0%";
  return WithoutTrailingZeros(fmt::format("{:.{}f}", percent, percent < 99.95 ? 1 : 0)) + "\u00a0%";
}

std::string FormatChange(double from, double to) {
  if (from == to) return "no change";
  const double change = (to - from) / from;
  if (!std::isfinite(change)) return std::string(kUnknown);
  return change > 0 ? "+" + FormatPercent(change) : FormatPercent(change);
}

std::string FormatShortDay(WallTime at) {
  const std::chrono::year_month_day date(DayOf(at));
  return fmt::format("{} {}", static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1]);
}

std::string FormatClock(WallTime at) {
  const std::chrono::hh_mm_ss time(at - DayOf(at));
  return fmt::format("{:02}:{:02}", time.hours().count(), time.minutes().count());
}

std::string FormatMinute(WallTime at) {
  const std::chrono::year_month_day date(DayOf(at));
  return fmt::format("{} {} {}", FormatShortDay(at), static_cast<int>(date.year()), FormatClock(at));
}

std::string FormatDay(WallTime at) {
  const std::chrono::year_month_day date(DayOf(at));
  return fmt::format("{} {} {}", kWeekdays[std::chrono::weekday(DayOf(at)).c_encoding()], FormatShortDay(at),
                     static_cast<int>(date.year()));
}

}  // namespace dso::sim
