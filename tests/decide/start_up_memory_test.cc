// What is remembered of many start-ups, and how good the estimate is that is made of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "decide/start_up.h"

namespace dso::decide {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime kLater = WallTime(hours(1'000'000));

PodStart Created(WallTime at) { return {.created = at, .probed = true}; }
PodStart Ready(WallTime created, milliseconds took) {
  PodStart start = Created(created);
  start.ready = created + took;
  return start;
}

// Exponential with a mean of 100 s above 20 s: its P90 is 250 s.
class RandomStartUps {
 public:
  explicit RandomStartUps(unsigned seed) : random_(seed) {}
  double Uniform() { return (static_cast<double>(random_()) + 0.5) / (static_cast<double>(random_.max()) + 1); }
  milliseconds Next() { return milliseconds(static_cast<int64_t>(20'000 - 100'000 * std::log(Uniform()))); }

 private:
  std::mt19937 random_;
};

milliseconds NearestRank(std::vector<milliseconds> lengths) {
  std::sort(lengths.begin(), lengths.end());
  return lengths[static_cast<size_t>(std::ceil(0.9 * static_cast<double>(lengths.size()) - 1e-9)) - 1];
}

TEST(StartUpMemory, GivesTheP90OfTheLatest32) {
  RandomStartUps random(1);
  StartUpTimes times;
  std::vector<milliseconds> lengths;
  for (int i = 0; i < 300; ++i) {
    lengths.push_back(random.Next());
    times.Take(i, Ready(WallTime(hours(i)), lengths.back()));
    if (i < 2) continue;
    const size_t latest = std::min<size_t>(lengths.size(), 32);
    ASSERT_EQ(times.Estimate(kLater).p90, NearestRank({lengths.end() - static_cast<ptrdiff_t>(latest), lengths.end()}));
    ASSERT_EQ(times.Estimate(kLater).batches, latest);
  }
}

// A pod that is deleted while it starts hides how long it would have taken. Leaving those out is what makes an estimate
// short: those that take long are deleted more often.
TEST(StartUpMemory, CensoringDoesNotMakeTheEstimateShort) {
  RandomStartUps random(2);
  double ratio = 0;
  double naive_ratio = 0;
  constexpr int kRounds = 1'000;
  for (int round = 0; round < kRounds; ++round) {
    StartUpTimes times;
    std::vector<milliseconds> seen;
    for (int i = 0; i < 32; ++i) {
      const WallTime created{hours(i)};
      const milliseconds length = random.Next();
      const milliseconds patience = random.Next() * 3;
      times.Take(i, Created(created));
      if (length <= patience) {
        times.Take(i, Ready(created, length));
        seen.push_back(length);
      } else {
        times.Gone(i, created + patience);
      }
    }
    const milliseconds estimate = times.Estimate(kLater).p90;
    ASSERT_GE(estimate, NearestRank(seen)) << "censoring can only make it longer";
    ratio += static_cast<double>(estimate.count()) / 250'000 / kRounds;
    naive_ratio += static_cast<double>(NearestRank(seen).count()) / 250'000 / kRounds;
  }
  EXPECT_GT(ratio, 0.95);
  EXPECT_LT(ratio, 1.1);
  EXPECT_LT(naive_ratio, 0.9);
}

TEST(StartUpMemory, ARollingUpdateDoesNotPushTheScaleUpsOut) {
  StartUpTimes times;
  for (int i = 0; i < 20; ++i) times.Take(i, Ready(WallTime(hours(i)), minutes(4)));
  for (int i = 0; i < 200; ++i) times.Take(1000 + i, Ready(WallTime(hours(24) + seconds(20 * i)), seconds(30)));
  EXPECT_EQ(times.Estimate(kLater).p90, minutes(4));
  EXPECT_EQ(times.Estimate(kLater).batches, 32);
}

TEST(StartUpMemory, OfBatchesThatFollowEachOtherTheLongestStay) {
  StartUpTimes times;
  for (int i = 0; i < 20; ++i) times.Take(i, Ready(WallTime(hours(i)), minutes(4)));
  for (int i = 0; i < 200; ++i) {
    times.Take(1000 + i, Ready(WallTime(hours(24) + minutes(i)), i % 10 == 5 ? minutes(6) : seconds(30)));
  }
  EXPECT_EQ(times.Estimate(kLater).p90, minutes(6));
}

TEST(StartUpMemory, WhatWasGivenUpFallsOutWithTheBatchesOfItsTime) {
  StartUpTimes times;
  for (int i = 0; i < 10; ++i) {
    times.Take(i, Created(WallTime(hours(i))));
    times.Gone(i, WallTime(hours(i) + minutes(20)));
  }
  for (int i = 0; i < 33; ++i) {
    EXPECT_EQ(times.Estimate(kLater).censored, 10);
    times.Take(100 + i, Ready(WallTime(hours(20 + i)), seconds(40)));
  }
  EXPECT_EQ(times.Estimate(kLater).censored, 0);
  EXPECT_EQ(times.Estimate(kLater).p90, seconds(40));
}

TEST(StartUpMemory, WhatWasGivenUpDoesNotPushOutWhatGotReady) {
  StartUpTimes times;
  for (int i = 0; i < 5; ++i) times.Take(i, Ready(WallTime(hours(i)), minutes(7)));
  times.Take(9, Created(WallTime(hours(9))));
  times.Gone(9, WallTime(hours(9) + minutes(12)));
  EXPECT_EQ(times.Estimate(kLater).p90, minutes(12));
  for (int i = 10; i < 500; ++i) {
    times.Take(i, Created(WallTime(hours(i))));
    times.Gone(i, WallTime(hours(i) + seconds(5)));
  }
  EXPECT_EQ(times.Estimate(kLater).p90, minutes(7));
  EXPECT_EQ(times.Estimate(kLater).batches, 5);
  EXPECT_EQ(times.Estimate(kLater).censored, 32);
}

TEST(StartUpMemory, IsBoundedByThePodsThatLive) {
  std::minstd_rand random(4);
  StartUpTimes times;
  constexpr uint64_t kAlive = 50;
  for (uint64_t i = 0; i < 100'000; ++i) {
    const WallTime created(seconds(7 * i));
    times.Take(i, Created(created));
    PodStart next = Created(created);
    if (random() % 4 != 0) next.ready = created + seconds(random() % 600);
    next.unusable = random() % 5 == 0;
    times.Take(i, next);
    if (i >= kAlive) {
      times.Gone(i - kAlive, created);
      times.Gone(i - kAlive, created);
    }
    ASSERT_LE(times.Size(), 2 * (kAlive + 1) + 64) << "pod " << i;
  }
}

}  // namespace
}  // namespace dso::decide
