#include "rpc/circuit_breaker.h"

#include <gtest/gtest.h>

namespace dso::rpc {
namespace {

class CircuitBreakerTest : public testing::Test {
 protected:
  bool Ask() { return breaker_.Allow(now_); }
  void Fail(int times = 1) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(Ask());
      breaker_.Failed(now_);
    }
  }
  CircuitBreaker breaker_;
  SteadyTime now_{std::chrono::hours(1)};
};

TEST_F(CircuitBreakerTest, OpensAfterThreeFailuresInARow) {
  Fail(2);
  EXPECT_TRUE(Ask());
  breaker_.Succeeded();
  Fail(2);
  EXPECT_FALSE(breaker_.is_open()) << "a success in between";
  Fail();
  EXPECT_TRUE(breaker_.is_open());
  EXPECT_EQ(breaker_.pause(), seconds(30));
  EXPECT_FALSE(Ask());
}

TEST_F(CircuitBreakerTest, LetsOneProbeThroughAfterThePause) {
  Fail(3);
  now_ += seconds(30) - milliseconds(1);
  EXPECT_FALSE(Ask());
  now_ += milliseconds(1);
  EXPECT_TRUE(Ask());
  EXPECT_FALSE(Ask()) << "the probe is under way";
  breaker_.Succeeded();
  EXPECT_TRUE(Ask());
  EXPECT_TRUE(Ask());
}

TEST_F(CircuitBreakerTest, ThePauseDoublesUpToFiveMinutes) {
  Fail(3);
  for (const auto pause : {seconds(60), seconds(120), seconds(240), seconds(300), seconds(300)}) {
    now_ += breaker_.pause();
    Fail();
    EXPECT_EQ(breaker_.pause(), pause);
  }
  now_ += breaker_.pause();
  ASSERT_TRUE(Ask());
  breaker_.Succeeded();
  Fail(3);
  EXPECT_EQ(breaker_.pause(), seconds(30)) << "it begins anew";
}

TEST_F(CircuitBreakerTest, AProbeThatIsCancelledSaysNothing) {
  Fail(3);
  now_ += seconds(30);
  ASSERT_TRUE(Ask());
  breaker_.Abandoned();
  EXPECT_TRUE(Ask()) << "another one may try";
}

TEST_F(CircuitBreakerTest, FailuresOfRequestsThatWereUnderWayDoNotLengthenThePause) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Ask());
  for (int i = 0; i < 5; ++i) breaker_.Failed(now_);
  EXPECT_EQ(breaker_.pause(), seconds(30));
}

}  // namespace
}  // namespace dso::rpc
