#include "prom/range_chunks.h"

#include <gtest/gtest.h>

namespace dso::prom {
namespace {

constexpr WallTime kStart{seconds(1'700'000'000)};

TEST(PointsPerChunk, IsBoundedByTheServersResolutionAndByTheWholeAnswer) {
  EXPECT_EQ(PointsPerChunk(0), 11'000);
  EXPECT_EQ(PointsPerChunk(1), 11'000);
  EXPECT_EQ(PointsPerChunk(45), 11'000);
  EXPECT_EQ(PointsPerChunk(100), 5'000);
  EXPECT_EQ(PointsPerChunk(10'000), 50);
  EXPECT_EQ(PointsPerChunk(1'000'000), 1);
}

TEST(PointsIn, CountsBothEnds) {
  EXPECT_EQ(PointsIn({kStart, kStart}, seconds(60)), 1);
  EXPECT_EQ(PointsIn({kStart, kStart + seconds(119)}, seconds(60)), 2);
  EXPECT_EQ(PointsIn({kStart, kStart + seconds(120)}, seconds(60)), 3);
  EXPECT_EQ(PointsIn({kStart + seconds(1), kStart}, seconds(60)), 0);
}

TEST(FirstChunk, TilesARangeWithoutGapOrOverlap) {
  const seconds step(60);
  const TimeRange whole{kStart, kStart + std::chrono::hours(24 * 28) + seconds(59)};
  TimeRange rest = whole;
  int64_t points = 0;
  while (rest.start <= rest.end) {
    const TimeRange chunk = FirstChunk(rest, step, kMaxPointsPerSeries);
    ASSERT_EQ(chunk.start, rest.start);
    ASSERT_LE(chunk.end, whole.end);
    ASSERT_EQ((chunk.end - kStart) % step, seconds(0));
    ASSERT_LE(PointsIn(chunk, step), kMaxPointsPerSeries);
    points += PointsIn(chunk, step);
    rest.start = chunk.end + step;
  }
  EXPECT_EQ(points, PointsIn(whole, step));
  EXPECT_EQ(points, 28 * 24 * 60 + 1);
}

}  // namespace
}  // namespace dso::prom
