// What a forecaster is made for, and what follows from that alone. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "forecast/calendar.h"
#include "forecast/series.h"

namespace dso::forecast {

// What is out of range is brought to the nearest value in it.
struct ForecasterOptions {
  milliseconds step = std::chrono::minutes(1);   // of the grid; at least the distance of samples; from 1 ms to a day
  milliseconds lead = std::chrono::minutes(20);  // what errors are judged at; rounded up to steps, at most 10,000
  double quantile = 0.9;                         // of the promises; within [0.5, 0.999]
  // The two shortest count; each takes part as soon as two of its periods have been seen, and is used as far as it
  // lowers the error.
  std::vector<milliseconds> seasons{std::chrono::hours(24), std::chrono::hours(24 * 7)};
  Calendar calendar{};  // of the seasons; UTC
};

// The longest lead, in steps.
inline constexpr Bucket kLongestLead = 10'000;
// So many forecasts are issued in one lead at most: windows that overlap by more tell next to nothing new.
inline constexpr Bucket kIssuesInLead = 4;

// Every option within its range, seasons ascending. What follows is for options that are.
ForecasterOptions Sane(ForecasterOptions options);

milliseconds ShortestSeason(const ForecasterOptions& options);     // a day if there is none
std::vector<int64_t> PeriodsOf(const ForecasterOptions& options);  // in ms
// From one issued forecast to the next, in steps.
Bucket StrideOf(const ForecasterOptions& options);
// So many forecasts are issued in a day, or in the season that stands for it.
double IssuesADay(const ForecasterOptions& options);

// Tells options, and versions of what a forecaster saves, apart.
uint64_t Fingerprint(const ForecasterOptions& options);

}  // namespace dso::forecast
