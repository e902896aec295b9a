#include "controller/take_reading.h"

#include <gtest/gtest.h>

#include "controller/assess.h"
#include "tests/controller/live_pods.h"
#include "tests/controller/taught.h"

namespace dso::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::At;
using test::Cached;
using test::kMorning;
using test::Missing;
using test::Take;
using test::Value;

// Ten requests/s a replica, between 2 and 20; pods that have been ready for long, and readings that go on.
class TakeReadingTest : public testing::Test {
 protected:
  void Ready(int replicas) {
    for (int i = static_cast<int>(record_.pods.size()); i < replicas; ++i) {
      const std::string name = "chat-" + std::to_string(i);
      test::Hear(name, test::ReadyPod(name, kMorning - hours(1), minutes(1)), now_, record_);
    }
  }
  static prom::Reading Rejecting(double demand, double rejected) {
    prom::Reading reading = Value(demand);
    reading.rejected = rejected;
    return reading;
  }
  static prom::Reading Scraped(double demand, int up, int all) {
    prom::Reading reading = Value(demand);
    reading.targets_up = up;
    reading.targets = all;
    return reading;
  }
  // The floor after so long of the same answer, a sync apart.
  int FloorAfter(milliseconds time, prom::Reading reading) {
    for (const WallTime until = now_ + time; now_ < until; now_ += seconds(15)) {
      reading.sampled_at = now_;
      Take(reading, now_, record_);
      Assess(cached_, nullptr, At(now_), record_);
    }
    return record_.decision->floor;
  }
  size_t samples() const { return record_.learner->forecaster().status().samples; }

  CachedService cached_ = Cached();
  ServiceRecord record_ = test::Learned(cached_);
  WallTime now_ = kMorning;
};

TEST_F(TakeReadingTest, CountsRejectionsOfAServiceThatIsFull) {
  Ready(4);
  FloorAfter(minutes(3), Value(36));
  EXPECT_FALSE(record_.asked.saturated && record_.asked.censored);
  FloorAfter(seconds(15), Rejecting(60, 24));
  EXPECT_TRUE(record_.asked.saturated);
  EXPECT_GT(record_.asked.value, 36) << "more than is served";
  EXPECT_LT(record_.asked.value, 60) << "less than the attempts";
  EXPECT_EQ(DemandOf(record_, now_).value, record_.asked.value);
  EXPECT_TRUE(DemandOf(record_, now_).at_least);
}

TEST_F(TakeReadingTest, ABackendThatFailsRaisesNoFloor) {
  Ready(10);
  EXPECT_EQ(FloorAfter(minutes(3), Value(15)), 2);
  EXPECT_EQ(FloorAfter(hours(2), Rejecting(175, 160)), 2) << "ten idle replicas";
  EXPECT_EQ(record_.asked.value, 15);
  EXPECT_FALSE(DemandOf(record_, now_).at_least);
}

TEST_F(TakeReadingTest, ABackendThatFailsIsNotLearnedAsDemand) {
  record_ = test::Taught(cached_, test::Always(20));
  Ready(10);
  FloorAfter(hours(2), Rejecting(180, 160));
  EXPECT_LT(record_.learner->forecaster().ForecastAt(now_)->expected, 25);
}

TEST_F(TakeReadingTest, RejectionsCountForNothingWhereThePodsAreUnknown) {
  FloorAfter(minutes(3), Value(20));
  record_.pods_known = false;
  Take(Rejecting(60, 40), now_, record_);
  EXPECT_EQ(record_.asked.value, 20);
}

TEST_F(TakeReadingTest, APodThatHasJustBecomeReadyHasNotServedYet) {
  Ready(4);
  FloorAfter(minutes(5), Value(36));
  Ready(10);
  FloorAfter(minutes(2), Rejecting(60, 24));
  EXPECT_TRUE(record_.asked.saturated) << "the demand is that of two minutes, in a part of which there were four";
  FloorAfter(minutes(1), Rejecting(60, 24));
  EXPECT_FALSE(record_.asked.saturated);
}

TEST_F(TakeReadingTest, APartOfThePodsRaisesAndNeverReleases) {
  Ready(4);
  EXPECT_EQ(FloorAfter(minutes(3), Scraped(36, 4, 4)), 4);
  EXPECT_FALSE(record_.partial);
  EXPECT_EQ(FloorAfter(hours(1), Scraped(18, 2, 4)), 4) << "half of them";
  EXPECT_TRUE(record_.partial);
  EXPECT_EQ(record_.decision->hold, decide::Hold::kDemandAtLeast);
  EXPECT_EQ(FloorAfter(minutes(1), Scraped(75, 2, 4)), 8);
  EXPECT_EQ(FloorAfter(hours(1), Scraped(18, 4, 4)), 2) << "all of them";
}

TEST_F(TakeReadingTest, APartOfThePodsIsNotLearned) {
  record_ = test::Taught(cached_, test::Always(36));
  Ready(4);
  FloorAfter(minutes(3), Scraped(36, 4, 4));
  const size_t before = samples();
  FloorAfter(hours(1), Scraped(18, 2, 4));
  EXPECT_EQ(samples(), before);
  FloorAfter(seconds(15), Scraped(60, 2, 4));
  EXPECT_EQ(samples(), before + 1) << "more than expected is news, whatever is missing";
}

TEST_F(TakeReadingTest, APodThatIsNotReadyNeedNotBeScraped) {
  Ready(2);
  FloorAfter(minutes(3), Scraped(18, 2, 4));
  EXPECT_FALSE(record_.partial);
}

TEST_F(TakeReadingTest, WarningsMakeAnAnswerAPart) {
  prom::Reading reading = Value(36);
  reading.reason = prom::Reason::kPartial;
  FloorAfter(seconds(15), reading);
  EXPECT_TRUE(DemandOf(record_, now_).at_least);
}

TEST_F(TakeReadingTest, ZeroIsZero) {
  FloorAfter(minutes(3), Value(95));
  ASSERT_EQ(record_.decision->floor, 10);
  const prom::Reading zero{.state = prom::Reading::State::kZero, .sampled_at = now_};
  EXPECT_EQ(FloorAfter(minutes(4), zero), 10) << "the window";
  EXPECT_EQ(FloorAfter(minutes(30), zero), 2);
  EXPECT_EQ(DemandOf(record_, now_).state, decide::Demand::State::kKnown);
}

TEST_F(TakeReadingTest, AQueueIsDemandAndShowsTheRest) {
  Ready(4);
  prom::Reading queue = Value(60);
  queue.waiting = 20;
  EXPECT_EQ(FloorAfter(minutes(3), queue), 6);
  EXPECT_TRUE(record_.asked.saturated);
  EXPECT_FALSE(DemandOf(record_, now_).at_least);
}

TEST_F(TakeReadingTest, AnOutageMovesTheFloorNeitherDownNorUp) {
  Ready(10);
  FloorAfter(minutes(30), Value(95));
  ASSERT_EQ(record_.decision->floor, 10);
  const prom::Reading missing = Missing();
  EXPECT_EQ(FloorAfter(hours(1), missing), 10);
  EXPECT_EQ(DemandOf(record_, now_).state, decide::Demand::State::kMissing);
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(FloorAfter(seconds(15), Value(95)), 10) << "a sync later";
  }
  EXPECT_EQ(record_.recent_decisions.size(), 0u);
}

TEST_F(TakeReadingTest, AnOutageThatEndsLowerIsReleasedAfterTheWindowOnly) {
  FloorAfter(minutes(30), Value(95));
  FloorAfter(hours(1), Missing());
  EXPECT_EQ(FloorAfter(minutes(4), Value(15)), 10);
  EXPECT_EQ(FloorAfter(minutes(30), Value(15)), 2);
}

TEST_F(TakeReadingTest, AnAnswerIsBelievedForTwoMinutes) {
  FloorAfter(seconds(15), Value(95));
  const WallTime at = record_.reading_at;
  EXPECT_EQ(DemandOf(record_, at + kReadingLifetime).state, decide::Demand::State::kKnown);
  EXPECT_EQ(DemandOf(record_, at + kReadingLifetime + milliseconds(1)).state, decide::Demand::State::kMissing);
  EXPECT_EQ(DemandOf(record_, at - hours(1)).state, decide::Demand::State::kMissing) << "the clock was set back";
}

TEST_F(TakeReadingTest, WhatAReplicaCarriesIsLearnedFromWhatItServes) {
  cached_.service.spec->capacity = api::LearnedCapacity{.min = 5, .max = 50, .target_utilization_percent = 100};
  Ready(4);
  FloorAfter(hours(24), Rejecting(80, 0));
  EXPECT_GT(record_.capacity->full, 15);
  EXPECT_LE(record_.capacity->full, 20.5);
}

TEST_F(TakeReadingTest, APartOfThePodsTeachesNoCapacity) {
  cached_.service.spec->capacity = api::LearnedCapacity{.min = 5, .max = 50, .target_utilization_percent = 100};
  Ready(4);
  prom::Reading reading = Scraped(80, 2, 4);
  reading.rejected = 0;
  FloorAfter(hours(24), reading);
  EXPECT_EQ(record_.capacity->full, 5);
}

}  // namespace
}  // namespace dso::controller
