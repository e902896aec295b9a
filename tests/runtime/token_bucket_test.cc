#include "runtime/token_bucket.h"

#include <gtest/gtest.h>

namespace dso::runtime {
namespace {

constexpr SteadyTime At(int64_t ms) { return SteadyTime(milliseconds(ms)); }

TEST(TokenBucket, GivesTheBurstAndThenTheRate) {
  TokenBucket bucket(2, 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.TryTake(At(0)));
  EXPECT_FALSE(bucket.TryTake(At(0)));
  EXPECT_FALSE(bucket.TryTake(At(499)));
  EXPECT_TRUE(bucket.TryTake(At(500)));
  EXPECT_FALSE(bucket.TryTake(At(500)));
}

TEST(TokenBucket, SavesNoMoreThanTheBurst) {
  TokenBucket bucket(2, 3);
  EXPECT_TRUE(bucket.TryTake(At(0)));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.TryTake(At(1'000'000)));
  EXPECT_FALSE(bucket.TryTake(At(1'000'000)));
}

TEST(TokenBucket, IsFullHoweverLateTheFirstTake) {
  TokenBucket bucket(2, 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.TryTake(At(1'000'000'000)));
  EXPECT_FALSE(bucket.TryTake(At(1'000'000'000)));
}

TEST(TokenBucket, ReservationsQueueBehindEachOther) {
  TokenBucket bucket(10, 2);
  EXPECT_EQ(bucket.Reserve(At(0)), milliseconds(0));
  EXPECT_EQ(bucket.Reserve(At(0)), milliseconds(0));
  EXPECT_EQ(bucket.Reserve(At(0)), milliseconds(100));
  EXPECT_EQ(bucket.Reserve(At(0)), milliseconds(200));
  EXPECT_EQ(bucket.Reserve(At(200)), milliseconds(100));
}

TEST(TokenBucket, TheDebtOfReservationsIsBounded) {
  TokenBucket bucket(10, 2);
  for (int i = 0; i < 1000; ++i) EXPECT_LE(bucket.Reserve(At(0)), milliseconds(200));
}

}  // namespace
}  // namespace dso::runtime
