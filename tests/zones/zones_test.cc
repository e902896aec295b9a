#include "zones/zones.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dso::zones {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year;
using testing::HasSubstr;
using testing::IsEmpty;

// What the clock of a zone shows, as the hours it is ahead of UTC.
double HoursAhead(std::string_view zone, std::chrono::sys_time<minutes> time) {
  auto offsets = OffsetsOf(zone);
  EXPECT_TRUE(offsets) << zone;
  const calendar::LocalTime local = calendar::LocalClock(*std::move(offsets)).ToLocal(time);
  return std::chrono::duration<double, hours::period>(local.time_since_epoch() - time.time_since_epoch()).count();
}

TEST(OffsetsOf, UtcHasNone) { EXPECT_THAT(*OffsetsOf("UTC"), IsEmpty()); }

TEST(OffsetsOf, FollowsSummerTime) {
  const sys_days change = year{2026} / 3 / 29;  // at 01:00 UTC in all of the EU
  EXPECT_EQ(HoursAhead("Europe/Berlin", change + minutes(59)), 1);
  EXPECT_EQ(HoursAhead("Europe/Berlin", change + hours(1)), 2);
  const sys_days back = year{2026} / 10 / 25;
  EXPECT_EQ(HoursAhead("Europe/Berlin", back + minutes(59)), 2);
  EXPECT_EQ(HoursAhead("Europe/Berlin", back + hours(1)), 1);
}

TEST(OffsetsOf, KnowsZonesOfHalfHoursAndZonesWithoutChanges) {
  EXPECT_EQ(HoursAhead("Asia/Kolkata", sys_days(year{2026} / 7 / 1) + hours(0)), 5.5);
  EXPECT_EQ(HoursAhead("Asia/Shanghai", sys_days(year{2026} / 1 / 1) + hours(0)), 8);
  EXPECT_EQ(OffsetsOf("Asia/Shanghai")->size(), 1U);
}

TEST(OffsetsOf, RefusesWhatIsNoZone) {
  for (const char* name : {"", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "europe/berlin "}) {
    const auto offsets = OffsetsOf(name);
    ASSERT_FALSE(offsets) << name;
    EXPECT_THAT(offsets.error().message, HasSubstr("Europe/Berlin")) << "says what to give";
  }
}

}  // namespace
}  // namespace dso::zones
