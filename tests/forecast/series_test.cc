#include "forecast/series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dso::forecast {
namespace {

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

TEST(BucketTest, EveryMomentLiesBetweenTheStartsOfItsBucketAndTheNext) {
  for (const int64_t step : {1, 7, 1000, 60'000}) {
    for (const int64_t ms : {-100'000'001, -60'000, -59'999, -1, 0, 1, 59'999, 60'000, 100'000'001}) {
      const Bucket bucket = BucketOf(At(ms), milliseconds(step));
      EXPECT_LE(StartOf(bucket, milliseconds(step)), At(ms)) << step;
      EXPECT_GT(StartOf(bucket + 1, milliseconds(step)), At(ms)) << step;
    }
  }
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
  EXPECT_TRUE(IsUsable({At(int64_t{1} << 53), 1}));
  EXPECT_TRUE(IsUsable({At(-(int64_t{1} << 53)), 1}));
  EXPECT_FALSE(IsUsable({At((int64_t{1} << 53) + 1), 1}));
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

TEST(OpenBucketTest, TheNewestCanBeReplacedAfterAnEarlierOneHasCome) {
  OpenBucket bucket(0);
  bucket.Add({At(7), 100});
  bucket.Add({At(5), 1});
  bucket.Add({At(7), 3});
  EXPECT_EQ(bucket.count(), 2u);
  EXPECT_DOUBLE_EQ(bucket.Mean(), 2);
}

TEST(OpenBucketTest, IsEmptyUntilTheFirstSample) {
  OpenBucket bucket(-42);
  EXPECT_TRUE(bucket.empty());
  EXPECT_EQ(bucket.bucket(), -42);
  bucket.Add({At(-1), 0});
  EXPECT_FALSE(bucket.empty());
  EXPECT_EQ(bucket.Mean(), 0);
}

TEST(OpenBucketTest, ManyOfTheLargestUsableValuesHaveAFiniteMean) {
  OpenBucket bucket(0);
  for (int i = 0; i < 100'000; ++i) bucket.Add({At(i), 1e30});
  EXPECT_NEAR(bucket.Mean() / 1e30, 1, 1e-9);
}

}  // namespace
}  // namespace dso::forecast
