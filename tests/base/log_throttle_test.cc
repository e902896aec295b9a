#include "base/log_throttle.h"

#include <gtest/gtest.h>

namespace dso {
namespace {

constexpr SteadyTime kStart{std::chrono::hours(1)};

// How many of `count` lines at once are written.
int Written(LogThrottle& throttle, const std::string& kind, int count, SteadyTime now) {
  int written = 0;
  for (int i = 0; i < count; ++i) written += throttle.Admit(kind, now).has_value();
  return written;
}

TEST(LogThrottle, WritesTheFirstFew) {
  LogThrottle throttle;
  EXPECT_EQ(Written(throttle, "a", 100, kStart), kLogBurst);
}

TEST(LogThrottle, ThenOneAMinuteWhichSaysHowManyWereLeftOut) {
  LogThrottle throttle;
  Written(throttle, "a", 100, kStart);
  EXPECT_EQ(throttle.Admit("a", kStart + kLogInterval - milliseconds(1)), std::nullopt);
  EXPECT_EQ(throttle.Admit("a", kStart + kLogInterval), 100 - kLogBurst + 1);
  EXPECT_EQ(throttle.Admit("a", kStart + kLogInterval), std::nullopt);
  EXPECT_EQ(throttle.Admit("a", kStart + 2 * kLogInterval), 1);
}

TEST(LogThrottle, ADayOfRetriesIsALineAMinute) {
  LogThrottle throttle;
  int written = 0;
  for (seconds at{0}; at < std::chrono::hours(24); at += seconds(5)) written += Written(throttle, "a", 1, kStart + at);
  EXPECT_LE(written, 24 * 60 + kLogBurst);
  EXPECT_GE(written, 24 * 60 - 1);
}

TEST(LogThrottle, KindsDoNotCountForEachOther) {
  LogThrottle throttle;
  Written(throttle, "a", 100, kStart);
  EXPECT_EQ(throttle.Admit("b", kStart), 0);
}

TEST(LogThrottle, AfterAQuietTimeTheFirstFewAreWrittenAgain) {
  LogThrottle throttle;
  Written(throttle, "a", 100, kStart);
  EXPECT_EQ(Written(throttle, "a", 100, kStart + kLogBurst * kLogInterval), kLogBurst);
}

TEST(LogThrottle, ManyKindsAreForgottenOnceTheyAreQuietAndNotBefore) {
  LogThrottle throttle;
  Written(throttle, "busy", kLogBurst, kStart + std::chrono::hours(1));
  for (int i = 0; i < 1000; ++i) Written(throttle, std::to_string(i), 1, kStart + std::chrono::hours(1));
  EXPECT_EQ(throttle.Admit("busy", kStart + std::chrono::hours(1)), std::nullopt);
}

}  // namespace
}  // namespace dso
