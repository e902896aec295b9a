// Numbers, shares, times and names as the report writes them: independent of the locale, and safe inside HTML.
// All functions are pure and thread-safe; a value that is not finite becomes an en dash.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace dso::sim {

// For text and for attributes in double or single quotes. Control characters that HTML forbids become spaces.
std::string EscapeHtml(std::string_view text);

// With an SI suffix from 1000 on and below 0.001: "1.23k", "17.8", "0.032", "4.5µ"; zeros at the end are left out.
std::string FormatSi(double value, int significant_digits = 3);
// "1 214 306" (narrow no-break spaces) below a billion and for whole numbers; with an SI suffix beyond; "17.8" below
// 100.
std::string FormatGrouped(double value);
// Of a share: "0.0012 %", "0.12 %", "3.1 %", "240 %", "≈0 %"; safe inside HTML.
std::string FormatPercent(double share);
// From one value to another: "+4.2 %", "−95 %", "no change"; "–" if there is nothing to relate to.
std::string FormatChange(double from, double to);

// In UTC: "2 Mar 2026 09:15".
std::string FormatMinute(WallTime at);
// "Mon 2 Mar 2026".
std::string FormatDay(WallTime at);
// "2 Mar".
std::string FormatShortDay(WallTime at);
// "09:15".
std::string FormatClock(WallTime at);

}  // namespace dso::sim
