// Days as people write them. Pure, thread-safe.
#pragma once

#include <chrono>
#include <string_view>

#include "base/result.h"

namespace dso::calendar {

// "2026-12-25" (ISO 8601): the days since 1970-01-01 on the local clock.
Result<std::chrono::local_days> ParseDate(std::string_view text);

}  // namespace dso::calendar
