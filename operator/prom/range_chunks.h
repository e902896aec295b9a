// Cuts a long range query into pieces that a server answers and that we can hold. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace dso::prom {

// Prometheus refuses a range query that asks for more points a series ("exceeded maximum resolution of 11,000 points
// per timeseries", web/api/v1), and so do Thanos and Mimir.
inline constexpr int64_t kMaxPointsPerSeries = 11'000;

// Of all series together: some 15 MB of JSON, a second or two of work for the server, below its 50 million samples of
// -query.max-samples by a factor that leaves room for the raw series that are summed up to ours.
inline constexpr int64_t kMaxPointsPerAnswer = 500'000;

struct TimeRange {
  WallTime start{};
  WallTime end{};  // inclusive, as in Prometheus' API
  bool operator==(const TimeRange&) const = default;
};

// How many points of each series to ask for when about this many series answer: between 1 and kMaxPointsPerSeries.
int64_t PointsPerChunk(size_t series);

// Points at start, start + step, … that do not lie after the end; 0 for an empty range. Precondition: step > 0.
int64_t PointsIn(TimeRange range, milliseconds step);

// The oldest piece of `range` with at most `points` points; its end is a multiple of `step` after its start. The next
// piece starts one step after that end. Precondition: step > 0, points > 0, range.start <= range.end.
TimeRange FirstChunk(TimeRange range, milliseconds step, int64_t points);

}  // namespace dso::prom
