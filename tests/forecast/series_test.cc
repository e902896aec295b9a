#include "forecast/series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dso::forecast {
namespace {

using std::chrono::minutes;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

WallTime At(int64_t ms) { return WallTime(milliseconds(ms)); }

TEST(BucketTest, CoversFromItsStartUpToTheNext) {
  EXPECT_EQ(BucketOf(At(0), milliseconds(10)), 0);
  EXPECT_EQ(BucketOf(At(9), milliseconds(10)), 0);
  EXPECT_EQ(BucketOf(At(10), milliseconds(10)), 1);
  EXPECT_EQ(BucketOf(At(-1), milliseconds(10)), -1);
  EXPECT_EQ(BucketOf(At(-10), milliseconds(10)), -1);
  EXPECT_EQ(BucketOf(At(-11), milliseconds(10)), -2);
  EXPECT_EQ(StartOf(-2, milliseconds(10)), At(-20));
}

TEST(BucketTest, ExtremeMomentsDoNotOverflow) {
  const Bucket first = BucketOf(WallTime::min(), milliseconds(1));
  const Bucket last = BucketOf(WallTime::max(), milliseconds(1));
  EXPECT_LT(first, last);
  EXPECT_GT(last - first, 0);
}

TEST(SampleTest, OnlyFiniteDemandOfAPlausibleSizeAndTimeIsUsable) {
  EXPECT_TRUE(IsUsable({At(0), 0}));
  EXPECT_TRUE(IsUsable({At(0), 1e-300}));
  EXPECT_TRUE(IsUsable({At(0), 1e30}));
  EXPECT_FALSE(IsUsable({At(0), -1e-9}));
  EXPECT_FALSE(IsUsable({At(0), 1e300}));
  EXPECT_FALSE(IsUsable({At(0), kInfinity}));
  EXPECT_FALSE(IsUsable({At(0), kNaN}));
  EXPECT_FALSE(IsUsable({WallTime::max(), 1}));
  EXPECT_FALSE(IsUsable({WallTime::min(), 1}));
}

TEST(SeriesTest, BucketsPassedOverAreMissing) {
  Series series(10);
  series.Append(5, 1);
  series.Append(8, 2);
  EXPECT_EQ(series.begin(), 5);
  EXPECT_EQ(series.end(), 9);
  EXPECT_EQ(series.present(), 2u);
  EXPECT_EQ(series[5], 1);
  EXPECT_TRUE(std::isnan(series[6]));
  EXPECT_TRUE(std::isnan(series[7]));
  EXPECT_EQ(series[8], 2);
}

TEST(SeriesTest, RemembersTheNewest) {
  Series series(4);
  for (Bucket bucket = -3; bucket <= 6; ++bucket) series.Append(bucket, static_cast<double>(bucket));
  EXPECT_EQ(series.begin(), 3);
  EXPECT_EQ(series.Copy(), (std::vector<float>{3, 4, 5, 6}));
  series.Append(8, 8);
  EXPECT_EQ(series.begin(), 5);
  EXPECT_EQ(series[5], 5);
  EXPECT_EQ(series[6], 6);
  EXPECT_EQ(series.present(), 3u);
}

TEST(SeriesTest, AGapLongerThanItsMemoryForgetsAll) {
  Series series(4);
  series.Append(1, 1);
  series.Append(1'000'000'000'000, 2);
  EXPECT_EQ(series.size(), 1u);
  EXPECT_EQ(series.begin(), 1'000'000'000'000);
  EXPECT_EQ(series[series.begin()], 2);
}

TEST(OpenBucketTest, AveragesInAnyOrder) {
  OpenBucket bucket(0);
  bucket.Add({At(5), 1});
  bucket.Add({At(1), 2});
  bucket.Add({At(7), 6});
  EXPECT_EQ(bucket.count(), 3u);
  EXPECT_DOUBLE_EQ(bucket.Mean(), 3);
}

TEST(OpenBucketTest, OfEqualTimestampsTheLastCounts) {
  OpenBucket bucket(0);
  bucket.Add({At(5), 1});
  bucket.Add({At(7), 100});
  bucket.Add({At(7), 3});
  EXPECT_EQ(bucket.count(), 2u);
  EXPECT_DOUBLE_EQ(bucket.Mean(), 2);
}

}  // namespace
}  // namespace dso::forecast
