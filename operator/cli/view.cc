#include "cli/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "base/decimal.h"

namespace dso::cli {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string_view EscapeOf(Style style) {
  switch (style) {
    case Style::kPlain: return "";
    case Style::kBold: return "\x1b[1m";
    case Style::kDim: return "\x1b[2m";
    case Style::kRed: return "\x1b[31m";
    case Style::kGreen: return "\x1b[32m";
    case Style::kYellow: return "\x1b[33m";
    case Style::kCyan: return "\x1b[36m";
  }
  return "";
}

bool BeginsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

// Behind the escape that begins at `at`, or `at` itself where none does.
size_t SkipEscape(std::string_view text, size_t at) {
  if (text.substr(at, 2) != "\x1b[") return at;
  const size_t end = text.find('m', at);
  return end == text.npos ? text.size() : end + 1;
}

}  // namespace

LocalMoment LocalMomentOf(WallTime at) {
  const std::time_t time = std::chrono::floor<seconds>(at).time_since_epoch().count();
  std::tm local{};
  static const bool zone_is_read = [] {
    ::tzset();  // localtime_r() need not do it
    return true;
  }();
  (void)zone_is_read;
  ::localtime_r(&time, &local);
  const std::string_view zone = local.tm_zone;
  const bool is_offset = zone.starts_with('+') || zone.starts_with('-');
  return {.year = local.tm_year + 1900,
          .month = local.tm_mon + 1,
          .day = local.tm_mday,
          .weekday = local.tm_wday,
          .hour = local.tm_hour,
          .minute = local.tm_min,
          .second = local.tm_sec,
          .utc_offset = seconds(local.tm_gmtoff),
          .zone = fmt::format("{}{}", is_offset ? "UTC" : "", zone)};
}

std::string Paint(const View& view, Style style, std::string_view text) {
  if (!view.color || style == Style::kPlain || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", EscapeOf(style), text);
}

std::string TimeText(const View& view, WallTime at) {
  const LocalMoment moment = view.local(at);
  const LocalMoment now = view.local(view.now);
  std::string text = fmt::format("{:02}:{:02}:{:02} {}", moment.hour, moment.minute, moment.second, moment.zone);
  if (moment.year == now.year && moment.month == now.month && moment.day == now.day) return text;
  const std::string year = moment.year == now.year ? "" : fmt::format(" {}", moment.year);
  return fmt::format("{} {} {}{} {}", kDays[static_cast<size_t>(moment.weekday)], moment.day,
                     kMonths[static_cast<size_t>(moment.month - 1)], year, text);
}

std::string AgeText(const View& view, WallTime at) {
  const auto age = std::chrono::round<seconds>(view.now - at);
  if (age.count() == 0) return "now";
  return age.count() > 0 ? FormatDuration(age) + " ago" : "in " + FormatDuration(-age);
}

std::string QuantityText(double value) {
  if (!std::isfinite(value)) return "–";
  struct Prefix {
    double factor;
    std::string_view name;
  };
  constexpr std::array<Prefix, 3> kPrefixes{{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}}};
  const double size = std::abs(value);
  if (size >= 1e15) return fmt::format("{:.2e}", value);
  for (const Prefix& prefix : kPrefixes) {
    if (size >= prefix.factor) return fmt::format("{}{}", FormatDecimal(value / prefix.factor), prefix.name);
  }
  return FormatDecimal(value);
}

std::string PercentText(double ratio) {
  return std::isfinite(ratio) ? fmt::format("{} %", FormatDecimal(100 * ratio)) : "–";
}

int DisplayWidth(std::string_view text) {
  int width = 0;
  for (size_t i = 0; i < text.size();) {
    if (const size_t behind = SkipEscape(text, i); behind != i) {
      i = behind;
      continue;
    }
    if (BeginsCharacter(text[i])) ++width;
    ++i;
  }
  return width;
}

std::string Cut(std::string_view text, int columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  int width = 0;
  size_t end = 0;
  while (end < text.size() && !(BeginsCharacter(text[end]) && ++width >= columns)) ++end;
  std::string cut(text.substr(0, end));
  cut.erase(cut.find_last_not_of(' ') + 1);
  return cut + "…";
}

std::string Hang(std::string_view text, int columns, int indent) {
  std::string wrapped;
  int width = indent;
  bool begins_line = true;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const int length = DisplayWidth(word);
    if (!begins_line && width + 1 + length > columns) {
      wrapped += fmt::format("\n{:{}}", "", indent);
      width = indent;
      begins_line = true;
    }
    if (!begins_line) {
      wrapped += ' ';
      ++width;
    }
    wrapped += word;
    width += length;
    begins_line = false;
  }
  return wrapped;
}

std::string Printable(std::string_view text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are controls too.
    const bool is_c1 = byte == 0xC2U && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0U;
    if (is_c1) ++i;
    printable += is_c1 || byte < 0x20U || byte == 0x7FU ? ' ' : text[i];
  }
  return printable;
}

}  // namespace dso::cli
