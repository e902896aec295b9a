#include "common/duration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "common/user_error.h"

namespace workload {
namespace {

using std::chrono::nanoseconds;

struct Unit {
  std::string_view suffix;
  nanoseconds length;
};

// Longest first, for FormatDuration.
constexpr std::array<Unit, 5> kUnits{{{"d", std::chrono::hours(24)},
                                      {"h", std::chrono::hours(1)},
                                      {"m", std::chrono::minutes(1)},
                                      {"s", std::chrono::seconds(1)},
                                      {"ms", std::chrono::milliseconds(1)}}};

constexpr Seconds kLongest = std::chrono::hours(24 * 3653);

// Removes one number with its unit from the front of `text`; nothing when there is none.
std::optional<Seconds> TakeTerm(std::string_view& text) {
  double number = 0;
  const char* const text_end = text.data() + text.size();
  const auto [number_end, error] = std::from_chars(text.data(), text_end, number, std::chars_format::fixed);
  if (error != std::errc{} || std::signbit(number)) return std::nullopt;
  const std::string_view rest(number_end, text_end);
  const std::string_view suffix = rest.substr(0, rest.find_first_not_of("dhms"));
  for (const Unit& unit : kUnits) {
    if (suffix != unit.suffix) continue;
    text = rest.substr(suffix.size());
    return number * Seconds(unit.length);
  }
  return std::nullopt;
}

}  // namespace

nanoseconds ParseDuration(std::string_view text) {
  Seconds sum = Seconds::zero();
  std::string_view rest = text;
  do {
    const std::optional<Seconds> term = TakeTerm(rest);
    if (!term || (sum += *term) > kLongest) {
      throw UserError(
          fmt::format("\"{}\" is not a duration: write numbers of at least 0 with their units, as in 300ms, "
                      "5s, 1h30m or 14d (at most 10 years)",
                      text));
    }
  } while (!rest.empty());
  return std::chrono::round<nanoseconds>(sum);
}

std::string FormatDuration(nanoseconds duration) {
  if (duration == nanoseconds::zero()) return "0s";
  const auto fits = [duration](const Unit& unit) { return unit.length <= duration; };
  const auto longest =
      std::find_if(kUnits.begin(), kUnits.end() - 1, fits);  // the last one for less than a millisecond
  std::string number = fmt::format("{:.3f}", Seconds(duration) / Seconds(longest->length));
  number.erase(number.find_last_not_of('0') + 1);
  if (number.back() == '.') number.pop_back();
  return number + std::string(longest->suffix);
}

}  // namespace workload
