#include "calendar/cron_parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "calendar/cron_field.h"

namespace dso::calendar {
namespace {

constexpr std::array<std::string_view, 12> kMonthNames{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdayNames{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

constexpr std::array<CronFieldKind, 5> kFields{
    {{"minute", 0, 59, {}, "0-59"},
     {"hour", 0, 23, {}, "0-23"},
     {"day of the month", 1, 31, {}, "1-31"},
     {"month", 1, 12, kMonthNames, "1-12 or jan-dec"},
     {"day of the week", 0, 6, kWeekdayNames, "0-6 or sun-sat, Sunday is 0"}}};

struct Descriptor {
  std::string_view name;
  std::string_view fields;
};
constexpr std::array<Descriptor, 7> kDescriptors{{{"@yearly", "0 0 1 1 *"},
                                                  {"@annually", "0 0 1 1 *"},
                                                  {"@monthly", "0 0 1 * *"},
                                                  {"@weekly", "0 0 * * 0"},
                                                  {"@daily", "0 0 * * *"},
                                                  {"@midnight", "0 0 * * *"},
                                                  {"@hourly", "0 * * * *"}}};

std::vector<std::string_view> Words(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  std::vector<std::string_view> words;
  for (size_t at = text.find_first_not_of(kSpace); at != std::string_view::npos; at = text.find_first_not_of(kSpace)) {
    text.remove_prefix(at);
    const size_t length = std::min(text.find_first_of(kSpace), text.size());
    words.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return words;
}

Result<CronFields> ReadFields(std::span<const std::string_view> words) {
  std::array<CronField, 5> fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    const auto field = ReadCronField(kFields[i], words[i]);
    if (!field) return field.error();
    fields[i] = *field;
  }
  const auto& [minutes, hours, month_days, months, weekdays] = fields;
  return CronFields{.minutes = minutes.values,
                    .hours = hours.values,
                    .month_days = month_days.values,
                    .months = months.values,
                    .weekdays = weekdays.values,
                    .either_day = !month_days.any && !weekdays.any};
}

Result<CronFields> ReadWords(std::span<const std::string_view> words) {
  if (words.empty()) return InvalidArgument("it is empty; write five fields such as 0 9 * * mon-fri, or @daily");
  const std::string_view first = words.front();
  if (first.starts_with("TZ=") || first.starts_with("CRON_TZ=")) {
    return InvalidArgument("a time zone is not part of a schedule; leave it out here and set timeZone");
  }
  if (first.starts_with("@every")) {
    return InvalidArgument("@every has no beginning to count from; write minutes or hours, such as */10 * * * *");
  }
  if (first.starts_with('@')) {
    const auto found = std::ranges::find(kDescriptors, first, &Descriptor::name);
    if (found != kDescriptors.end() && words.size() == 1) return ReadFields(Words(found->fields));
    return InvalidArgument(
        "with @ there are @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually, each by itself");
  }
  if (words.size() != kFields.size()) {
    return InvalidArgument(
        fmt::format("it has {} fields; write five: minute, hour, day of the month, month, day of the week, such as "
                    "0 9 * * mon-fri",
                    words.size()));
  }
  return ReadFields(words);
}

}  // namespace

Result<CronFields> ParseCron(std::string_view text) {
  const auto printable = [](char c) { return c > 0x20 && c < 0x7F; };
  const std::vector<std::string_view> words = Words(text);
  for (const std::string_view word : words) {
    if (std::ranges::all_of(word, printable)) continue;
    return InvalidArgument(
        "the schedule has a character that is none of a schedule's; write it such as 0 9 * * mon-fri");
  }
  auto fields = ReadWords(words);
  if (fields) return fields;
  return InvalidArgument(
      fmt::format("the schedule \"{}\" is refused: {}", fmt::join(words, " "), fields.error().message));
}

}  // namespace dso::calendar
