#include "calendar/date.h"

#include <fmt/format.h>

#include "base/time.h"

namespace dso::calendar {

Result<std::chrono::local_days> ParseDate(std::string_view text) {
  const auto midnight = ParseTime(fmt::format("{}T00:00:00Z", text));
  if (text.size() != std::string_view("YYYY-MM-DD").size() || !midnight) {
    return InvalidArgument(fmt::format("\"{}\" is not a date; write it as 2026-12-25", text));
  }
  return std::chrono::local_days(std::chrono::floor<std::chrono::days>(midnight->time_since_epoch()));
}

}  // namespace dso::calendar
