#include "calendar/cron_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>

namespace dso::calendar {
namespace {

struct Range {
  unsigned first = 0;
  unsigned last = 0;
};

std::optional<unsigned> Number(std::string_view text) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || rest != end) return std::nullopt;
  return value;
}

bool EqualsIgnoringCase(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, {}, [](unsigned char c) { return std::tolower(c); });
}

std::optional<unsigned> NumberOrName(const CronFieldKind& kind, std::string_view text) {
  for (unsigned i = 0; i < kind.value_names.size(); ++i) {
    if (EqualsIgnoringCase(text, kind.value_names[i])) return kind.min + i;
  }
  return Number(text);
}

// `member` is what the value stands in.
Result<unsigned> ReadValue(const CronFieldKind& kind, std::string_view text, std::string_view member) {
  const auto value = NumberOrName(kind, text);
  if (value && *value >= kind.min && *value <= kind.max) return *value;
  const std::string place = text == member ? "" : fmt::format(" in \"{}\"", member);
  return InvalidArgument(fmt::format("the {} \"{}\"{} is not one; give {}", kind.name, text, place, kind.allowed));
}

// FIRST-LAST, or a first value alone, which with a step goes on to the largest there is.
Result<Range> ReadRange(const CronFieldKind& kind, std::string_view text, bool has_step) {
  const size_t dash = text.find('-');
  const auto first = ReadValue(kind, text.substr(0, dash), text);
  if (!first) return first.error();
  if (dash == std::string_view::npos) return Range{*first, has_step ? kind.max : *first};
  const auto last = ReadValue(kind, text.substr(dash + 1), text);
  if (!last) return last.error();
  if (*first <= *last) return Range{*first, *last};
  return InvalidArgument(
      fmt::format("the range \"{}\" of the {} ends before it begins; write its two parts as a list", text, kind.name));
}

Result<CronField> ReadMember(const CronFieldKind& kind, std::string_view text) {
  const size_t slash = text.find('/');
  const bool has_step = slash != std::string_view::npos;
  const std::optional<unsigned> step = has_step ? Number(text.substr(slash + 1)) : 1;
  if (!step || *step == 0) {
    return InvalidArgument(fmt::format(
        "\"{}\" of the {} needs a number above 0 after its slash, such as */2 for every second", text, kind.name));
  }
  const std::string_view range_text = text.substr(0, slash);
  const bool any = range_text == "*" || range_text == "?";
  const auto range = any ? Range{kind.min, kind.max} : ReadRange(kind, range_text, has_step);
  if (!range) return range.error();
  CronField field{.any = any && *step == 1};
  for (unsigned v = range->first; v <= range->last; v += std::min(*step, 64U)) field.values |= uint64_t{1} << v;
  return field;
}

}  // namespace

Result<CronField> ReadCronField(const CronFieldKind& kind, std::string_view text) {
  CronField field;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const auto member = ReadMember(kind, text.substr(begin, end - begin));
    if (!member) return member.error();
    field.values |= member->values;
    field.any = field.any || member->any;
    begin = end + 1;
  }
  return field;
}

}  // namespace dso::calendar
