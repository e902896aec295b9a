// Times and durations as people and Kubernetes write them.
// All functions are pure and thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dso {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A moment on the calendar (UTC). Used for what is compared with samples, status fields and schedules.
using WallTime = std::chrono::sys_time<milliseconds>;
// A moment on the monotonic clock. Used for time-outs and back-off, never shown.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

// RFC 3339 in UTC, to the second: "2026-12-01T09:00:00Z" (metav1.Time).
std::string FormatTime(WallTime time);
// RFC 3339 in UTC, to the microsecond: "2026-12-01T09:00:00.000000Z" (metav1.MicroTime).
std::string FormatMicroTime(WallTime time);
// RFC 3339 with Z or a numeric offset; fractions of a second are kept to the millisecond.
Result<WallTime> ParseTime(std::string_view text);

// "300ms", "15s", "4m12s", "1h30m", "28d", "1.5h". Units: ms s m h d w. Negative durations and bare numbers are
// refused.
Result<milliseconds> ParseDuration(std::string_view text);
// The two largest units that say it: "4m12s", "27d22h", "300ms", "0s".
std::string FormatDuration(milliseconds duration);

}  // namespace dso
