#include "runtime/backoff.h"

#include <gtest/gtest.h>

#include <set>

namespace dso::runtime {
namespace {

constexpr BackoffLimits kLimits{milliseconds(500), seconds(30)};

TEST(Backoff, DoublesToTheLongestAndDrawsFromTheUpperHalf) {
  for (uint32_t seed = 1; seed <= 100; ++seed) {
    Backoff backoff(kLimits, seed);
    for (const int whole : {500, 1000, 2000, 4000, 8000, 16'000, 30'000, 30'000, 30'000}) {
      const milliseconds wait = backoff.Next();
      EXPECT_GE(wait, milliseconds(whole / 2)) << "seed " << seed;
      EXPECT_LE(wait, milliseconds(whole)) << "seed " << seed;
    }
  }
}

TEST(Backoff, ManyClientsDoNotComeBackTogether) {
  std::set<milliseconds> waits;
  for (uint32_t seed = 1; seed <= 100; ++seed) waits.insert(Backoff(kLimits, seed * 7919).Next());
  EXPECT_GT(waits.size(), 50u);
}

TEST(Backoff, ResetStartsAnew) {
  Backoff backoff(kLimits, 1);
  for (int i = 0; i < 5; ++i) backoff.Next();
  backoff.Reset();
  EXPECT_LE(backoff.Next(), kLimits.first);
}

TEST(Backoff, WhatTheServerAsksForIsALowerBound) {
  Backoff backoff(kLimits, 1);
  EXPECT_EQ(backoff.Next(seconds(60)), seconds(60));
  EXPECT_GE(backoff.Next(milliseconds(1)), milliseconds(500));
}

}  // namespace
}  // namespace dso::runtime
