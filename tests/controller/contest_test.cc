#include "controller/contest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dso::controller {
namespace {

using Action = HoldPlan::Action;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr SteadyTime kStart{std::chrono::hours(5)};

// An HPA of somebody else and the operator's writes to it; its owner writes through `owner`.
class ContestTest : public testing::Test {
 protected:
  HoldPlan Plan(int wanted, SteadyTime now, int64_t generation = 1) {
    return PlanHold(live_, "chat", wanted, generation, now, contest_);
  }
  // What a reconcile does with the plan.
  Action Step(int wanted, SteadyTime now, int64_t generation = 1) {
    HoldPlan plan = Plan(wanted, now, generation);
    if (plan.action == Action::kWrite) {
      live_.held_by = "chat";
      live_.original_text = MinimumToText(plan.original);
      live_.floor_text = std::to_string(plan.floor);
      live_.minimum = plan.floor;
    }
    contest_ = plan.next;
    return plan.action;
  }

  static Adoptable Theirs() {
    Adoptable live;
    live.key = {"prod", "theirs"};
    live.uid = "u-theirs";
    live.minimum = 3;
    live.maximum = 10;
    return live;
  }
  Adoptable live_ = Theirs();
  Contest contest_;
};

TEST_F(ContestTest, TheFirstHoldKeepsTheOriginal) {
  const HoldPlan plan = Plan(7, kStart);
  EXPECT_EQ(plan.action, Action::kWrite);
  EXPECT_EQ(plan.floor, 7);
  EXPECT_EQ(plan.original, 3);
}

TEST_F(ContestTest, AMinimumThatWasAbsentIsKeptAsAbsent) {
  live_.minimum.reset();
  EXPECT_EQ(Plan(7, kStart).original, std::nullopt);
  Step(7, kStart);
  EXPECT_EQ(live_.original_text, "absent");
  EXPECT_EQ(live_.Original(), std::nullopt);
}

TEST_F(ContestTest, NeverBelowTheOwnersMinimumNorAboveTheirMaximum) {
  EXPECT_EQ(Plan(1, kStart).floor, 3);
  EXPECT_EQ(Plan(50, kStart).floor, 10);
}

TEST_F(ContestTest, WhatStandsAlreadyIsNotWritten) {
  Step(7, kStart);
  EXPECT_EQ(Step(7, kStart + 1s), Action::kNothing);
  EXPECT_EQ(Step(8, kStart + 2s), Action::kWrite);
  EXPECT_EQ(live_.Original(), 3);
  EXPECT_TRUE(contest_.overwritten.empty());
}

TEST_F(ContestTest, AFloorThatFallsStopsAtTheOriginal) {
  Step(7, kStart);
  Step(1, kStart + 1s);
  EXPECT_EQ(live_.minimum, 3);
}

TEST_F(ContestTest, AMinimumThatTheOwnerWritesIsTheNewOriginal) {
  Step(7, kStart);
  live_.minimum = 4;
  EXPECT_EQ(Step(7, kStart + 1s), Action::kWrite);
  EXPECT_EQ(live_.minimum, 7);
  EXPECT_EQ(live_.Original(), 4);
}

TEST_F(ContestTest, TheThirdTimeInTenMinutesWeStandBack) {
  Step(7, kStart);
  for (const auto after : {1min, 2min}) {
    live_.minimum = 4;
    EXPECT_EQ(Step(7, kStart + after), Action::kWrite);
  }
  live_.minimum = 4;
  EXPECT_EQ(Step(7, kStart + 3min), Action::kStandBack);
  EXPECT_EQ(Step(8, kStart + 4min), Action::kStandBack) << "also where the floor moves";
  EXPECT_EQ(live_.minimum, 4);
}

TEST_F(ContestTest, WritesThatAreFarApartAreNoContest) {
  Step(7, kStart);
  for (int i = 1; i < 20; ++i) {
    live_.minimum = 4;
    EXPECT_EQ(Step(7, kStart + i * 6min), Action::kWrite) << i;
  }
}

TEST_F(ContestTest, OneWriteThatIsSeenTwiceCountsOnce) {
  Step(7, kStart);
  live_.minimum = 4;
  // Planned, and overtaken: nothing was written, so nothing is remembered.
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Plan(7, kStart + 1min).action, Action::kWrite);
  Step(7, kStart + 1min);
  EXPECT_EQ(contest_.overwritten.size(), 1u);
}

TEST_F(ContestTest, AnObjectThatWasReplacedAsAWholeWasOverwrittenToo) {
  Step(7, kStart);
  for (const auto after : {1min, 2min}) {
    live_ = Theirs();
    EXPECT_EQ(Step(7, kStart + after), Action::kWrite);
    EXPECT_EQ(live_.Original(), 3);
  }
  live_ = Theirs();
  EXPECT_EQ(Step(7, kStart + 3min), Action::kStandBack);
}

class StoodBack : public ContestTest {
 protected:
  void SetUp() override {
    Step(7, kStart);
    for (int i = 0; i < 3; ++i) {
      live_.minimum = 4;
      Step(7, kStart);
    }
    ASSERT_TRUE(contest_.stood_back_at);
  }
};

TEST_F(StoodBack, LastsAnHour) {
  EXPECT_EQ(Step(7, kStart + 59min), Action::kStandBack);
  EXPECT_EQ(Step(7, kStart + 60min), Action::kWrite);
  EXPECT_EQ(live_.Original(), 4);
  EXPECT_TRUE(contest_.overwritten.empty());
}

TEST_F(StoodBack, EndsWithAChangeOfTheSpec) {
  EXPECT_EQ(Step(7, kStart + 1min, 2), Action::kWrite);
  EXPECT_EQ(Step(7, kStart + 2min, 2), Action::kNothing);
}

TEST_F(StoodBack, EndsWithAnotherObjectOfTheName) {
  live_ = Theirs();
  live_.uid = "u-anew";
  EXPECT_EQ(Step(7, kStart + 1min), Action::kWrite);
}

TEST_F(ContestTest, WhatADeadServiceHoldsIsTakenOverWithItsOriginal) {
  Step(7, kStart);
  live_.held_by = "gone";
  contest_ = {};
  EXPECT_EQ(Step(7, kStart + 1min), Action::kWrite);
  EXPECT_EQ(live_.held_by, "chat");
  EXPECT_EQ(live_.Original(), 3);
  EXPECT_TRUE(contest_.overwritten.empty());
}

TEST_F(ContestTest, TheNextProcessGoesOnWithoutAWrite) {
  Step(7, kStart);
  contest_ = {};
  EXPECT_EQ(Step(7, kStart + 1min), Action::kNothing);
  live_.minimum = 4;
  EXPECT_EQ(Step(7, kStart + 2min), Action::kWrite);
  EXPECT_EQ(live_.Original(), 4);
}

TEST_F(ContestTest, SaysWhoAndWhatToDo) {
  live_.minimum_writer = "argocd-controller";
  EXPECT_THAT(ContestText(live_),
              testing::AllOf(HasSubstr("argocd-controller"), HasSubstr("theirs"), HasSubstr("take the field out")));
  live_.minimum_writer.clear();
  EXPECT_THAT(ContestText(live_), HasSubstr("Somebody else"));
}

}  // namespace
}  // namespace dso::controller
