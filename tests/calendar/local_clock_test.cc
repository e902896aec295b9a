#include "calendar/local_clock.h"

#include <gtest/gtest.h>

#include "tests/calendar/clocks.h"

namespace dso::calendar {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(LocalClock, IsUtcWithoutATable) {
  for (const LocalClock& clock : {LocalClock(), LocalClock(std::vector<UtcOffset>())}) {
    EXPECT_EQ(clock.ToLocal(Utc(2026, 3, 1, 12)), Local(2026, 3, 1, 12));
    EXPECT_EQ(clock.ToUtc(Local(2026, 3, 1, 12)), Utc(2026, 3, 1, 12));
    EXPECT_EQ(clock.InfoAt(Utc(2026, 3, 1)).begin, LocalClock::kBeginning);
    EXPECT_EQ(clock.InfoAt(Utc(2026, 3, 1)).end, LocalClock::kEnd);
  }
}

TEST(LocalClock, SkipsAnHourInSpringAndRepeatsOneInAutumn) {
  const LocalClock berlin = Berlin();
  EXPECT_EQ(berlin.ToLocal(Utc(2026, 3, 29, 0, 59, 59)), Local(2026, 3, 29, 1, 59, 59));
  EXPECT_EQ(berlin.ToLocal(Utc(2026, 3, 29, 1)), Local(2026, 3, 29, 3));
  EXPECT_EQ(berlin.ToLocal(Utc(2026, 10, 25, 0, 59, 59)), Local(2026, 10, 25, 2, 59, 59));
  EXPECT_EQ(berlin.ToLocal(Utc(2026, 10, 25, 1)), Local(2026, 10, 25, 2));
}

TEST(LocalClock, TheInverseOfASkippedTimeIsTheChange) {
  EXPECT_EQ(Berlin().ToUtc(Local(2026, 3, 29, 1, 59, 59)), Utc(2026, 3, 29, 0, 59, 59));
  EXPECT_EQ(Berlin().ToUtc(Local(2026, 3, 29, 2)), Utc(2026, 3, 29, 1));
  EXPECT_EQ(Berlin().ToUtc(Local(2026, 3, 29, 2, 59, 59)), Utc(2026, 3, 29, 1));
  EXPECT_EQ(Berlin().ToUtc(Local(2026, 3, 29, 3)), Utc(2026, 3, 29, 1));
  EXPECT_EQ(Berlin().ToUtc(Local(2026, 3, 29, 3, 1)), Utc(2026, 3, 29, 1, 1));
  EXPECT_EQ(NewYork().ToUtc(Local(2026, 3, 8, 2, 30)), Utc(2026, 3, 8, 7));
}

TEST(LocalClock, TheInverseOfARepeatedTimeIsTheFirst) {
  EXPECT_EQ(Berlin().ToUtc(Local(2026, 10, 25, 2)), Utc(2026, 10, 25, 0));
  EXPECT_EQ(Berlin().ToUtc(Local(2026, 10, 25, 2, 59, 59)), Utc(2026, 10, 25, 0, 59, 59));
  EXPECT_EQ(Berlin().ToUtc(Local(2026, 10, 25, 3)), Utc(2026, 10, 25, 2));
  EXPECT_EQ(NewYork().ToUtc(Local(2026, 11, 1, 1, 30)), Utc(2026, 11, 1, 5, 30));
}

TEST(LocalClock, TheFirstAndTheLastOffsetHoldForever) {
  EXPECT_EQ(Berlin().ToLocal(Utc(1914, 7, 1)), Local(1914, 7, 1, 1));
  EXPECT_EQ(Berlin().ToUtc(Local(1914, 7, 1, 1)), Utc(1914, 7, 1));
  EXPECT_EQ(Berlin().ToLocal(Utc(2345, 7, 1)), Local(2345, 7, 1, 1));
  EXPECT_EQ(Berlin().ToUtc(Local(2345, 7, 1, 1)), Utc(2345, 7, 1));
  EXPECT_EQ(Berlin().InfoAt(Utc(1914, 7, 1)).begin, LocalClock::kBeginning);
  EXPECT_EQ(Berlin().InfoAt(Utc(2345, 7, 1)).end, LocalClock::kEnd);
}

TEST(LocalClock, KnowsHowLongAnOffsetHolds) {
  const OffsetInfo summer = Berlin().InfoAt(Utc(2026, 7, 1));
  EXPECT_EQ(summer.begin, Utc(2026, 3, 29, 1));
  EXPECT_EQ(summer.end, Utc(2026, 10, 25, 1));
  EXPECT_EQ(summer.offset, hours(2));
  EXPECT_EQ(Berlin().InfoAt(summer.begin).begin, summer.begin);
  EXPECT_EQ(Berlin().InfoAt(summer.end).begin, summer.end);
}

// Every moment is its own inverse, but in the second showing of an hour; and the inverse never goes back.
TEST(LocalClock, TheInverseAscends) {
  for (const LocalClock& clock : {Berlin(), NewYork()}) {
    WallTime last = Utc(2025, 12, 30);
    for (LocalTime local = Local(2026, 1, 1); local < Local(2027, 1, 1); local += minutes(7)) {
      const WallTime utc = clock.ToUtc(local);
      ASSERT_GE(utc, last);
      ASSERT_TRUE(clock.ToLocal(utc) == local || utc == clock.InfoAt(utc).begin) << FormatTime(utc);
      last = utc;
    }
  }
}

TEST(LocalClock, CopiesShareTheTable) {
  const LocalClock berlin = Berlin();
  const LocalClock copy = berlin;
  EXPECT_EQ(copy.offsets().data(), berlin.offsets().data());
}

}  // namespace
}  // namespace dso::calendar
