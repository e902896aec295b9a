// Timestamps of a trace as people export them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace workload {

using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

// ISO 8601 date and time ("2026-01-05T08:00:00Z", a blank for the T, seconds with a fraction, an offset such as +08:00
// or +0800; no zone means UTC), or the seconds or milliseconds since 1970. A number from 10¹¹ on is taken as
// milliseconds: as seconds it would be in the year 5138. Nothing for anything else.
std::optional<UtcTime> ParseTimestamp(std::string_view text);

}  // namespace workload
