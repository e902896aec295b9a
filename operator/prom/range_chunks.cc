#include "prom/range_chunks.h"

#include <algorithm>

namespace dso::prom {

int64_t PointsPerChunk(size_t series) {
  const auto count = static_cast<int64_t>(std::clamp<size_t>(series, 1, kMaxPointsPerAnswer));
  return std::clamp<int64_t>(kMaxPointsPerAnswer / count, 1, kMaxPointsPerSeries);
}

int64_t PointsIn(TimeRange range, milliseconds step) {
  return range.start > range.end ? 0 : (range.end - range.start) / step + 1;
}

TimeRange FirstChunk(TimeRange range, milliseconds step, int64_t points) {
  return {.start = range.start, .end = range.start + (std::min(points, PointsIn(range, step)) - 1) * step};
}

}  // namespace dso::prom
