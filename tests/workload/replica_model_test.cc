#include "replica/replica_model.h"

#include <gtest/gtest.h>

#include <random>

namespace workload {
namespace {

using namespace std::chrono_literals;

constexpr ReplicaModel::TimePoint kStart{};

ReplicaModel Started(std::int64_t slots, std::int64_t queue_places) {
  return ReplicaModel({.slots = slots, .queue_places = queue_places}, kStart);
}

TEST(ReplicaModel, RefusesEverythingUntilStarted) {
  ReplicaModel model({.slots = 1, .queue_places = 0}, kStart + 60s);
  EXPECT_FALSE(model.ready(kStart + 59s));
  EXPECT_EQ(model.startup_left(kStart + 18s), 42s);
  EXPECT_EQ(model.Offer(kStart + 59s), Admission::kStarting);
  EXPECT_TRUE(model.ready(kStart + 60s));
  EXPECT_EQ(model.startup_left(kStart + 90s), 0s);
  EXPECT_EQ(model.Offer(kStart + 60s), Admission::kStarted);
}

TEST(ReplicaModel, FillsSlotsThenQueueThenRefuses) {
  ReplicaModel model = Started(2, 1);
  EXPECT_EQ(model.Offer(kStart), Admission::kStarted);
  EXPECT_EQ(model.Offer(kStart), Admission::kStarted);
  EXPECT_EQ(model.Offer(kStart), Admission::kQueued);
  EXPECT_EQ(model.Offer(kStart), Admission::kBusy);
  EXPECT_EQ(model.working(), 2);
  EXPECT_EQ(model.waiting(), 1);
}

TEST(ReplicaModel, HandsAFreedSlotToTheOneThatWaits) {
  ReplicaModel model = Started(1, 1);
  ASSERT_EQ(model.Offer(kStart), Admission::kStarted);
  ASSERT_EQ(model.Offer(kStart), Admission::kQueued);
  EXPECT_TRUE(model.Finish());
  EXPECT_EQ(model.working(), 1);
  EXPECT_EQ(model.waiting(), 0);
  EXPECT_FALSE(model.Finish());
  EXPECT_EQ(model.working(), 0);
}

TEST(ReplicaModel, DrainingIsNotReadyButStillServes) {
  ReplicaModel model = Started(1, 0);
  model.BeginDrain();
  EXPECT_FALSE(model.ready(kStart));
  EXPECT_EQ(model.Offer(kStart), Admission::kStarted);
  EXPECT_EQ(model.Offer(kStart), Admission::kBusy);
}

TEST(ReplicaModel, KeepsItsBoundsUnderAnyOrderOfEvents) {
  constexpr std::int64_t kSlots = 3;
  constexpr std::int64_t kPlaces = 2;
  ReplicaModel model = Started(kSlots, kPlaces);
  std::mt19937 random(7);
  for (int event = 0; event < 10'000; ++event) {
    if (random() % 2 == 0) {
      const bool full = model.working() == kSlots && model.waiting() == kPlaces;
      EXPECT_EQ(model.Offer(kStart) == Admission::kBusy, full);
    } else if (model.working() > 0) {
      const bool somebody_waited = model.waiting() > 0;
      EXPECT_EQ(model.Finish(), somebody_waited);
    }
    ASSERT_LE(model.working(), kSlots);
    ASSERT_LE(model.waiting(), kPlaces);
    ASSERT_TRUE(model.waiting() == 0 || model.working() == kSlots) << "nobody waits while a slot is free";
  }
}

}  // namespace
}  // namespace workload
