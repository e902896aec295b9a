// Durations as people write them: 300ms, 5s, 1.5m, 1h30m, 14d.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace workload {

// Seconds with a fraction: the type of schedules and rates, where a nanosecond does not matter.
using Seconds = std::chrono::duration<double>;

// One or more decimal numbers, each directly followed by ms, s, m, h or d; their sum. Throws UserError for anything
// else, a negative value and a bare number included, and for more than 10 years (no timer here has business with more).
std::chrono::nanoseconds ParseDuration(std::string_view text);

// The shortest of the forms above with at most three decimals: 1.2s, 300ms, 2m.
std::string FormatDuration(std::chrono::nanoseconds duration);

}  // namespace workload
