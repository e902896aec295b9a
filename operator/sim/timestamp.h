// Moments as CSV files write them. Pure, thread-safe.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace dso::sim {

// ISO 8601: a date, or a date and a time to the minute, second or fraction, with Z, a numeric offset, or no zone for
// UTC; or seconds since 1970, milliseconds if above 1e11. Kept to the millisecond. Nothing if it is no such text, or
// not within 1970 … 2199.
std::optional<WallTime> ParseTimestamp(std::string_view text);

}  // namespace dso::sim
