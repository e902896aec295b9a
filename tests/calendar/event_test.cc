#include "calendar/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/calendar/clocks.h"

namespace dso::calendar {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

Event Sale() { return {.name = "sale", .when = OneOff{Utc(2026, 11, 27), Utc(2026, 11, 28)}, .multiplier = 3}; }
Event Nightly(std::string_view schedule, milliseconds duration) {
  return {.name = "nightly", .when = Recurring{*CronSchedule::Parse(schedule), Berlin(), duration}, .multiplier = 2};
}

void ExpectRefused(const Event& event, const std::vector<const char*>& parts) {
  const Status status = Check(event);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(status.error().message, HasSubstr("event \"" + event.name + "\""));
  for (const char* part : parts) EXPECT_THAT(status.error().message, HasSubstr(part));
}

TEST(CheckEvent, LikesWhatBeginsAndEnds) {
  EXPECT_TRUE(Check(Sale()));
  EXPECT_TRUE(Check(Nightly("30 2 * * *", hours(2))));
  EXPECT_TRUE(Check(Nightly("30 2 * * *", hours(24) - milliseconds(1))));
  EXPECT_TRUE(Check(Nightly("0 9-17 * * *", hours(1)))) << "from 9 to 18, without a break";
  EXPECT_TRUE(Check(Nightly("0 0 * * sat,sun", hours(24)))) << "at weekends";
  EXPECT_TRUE(Check(Event{.name = "nothing", .when = OneOff{Utc(2026, 1, 1), Utc(2026, 1, 2)}}));
}

TEST(CheckEvent, RefusesAnEndThatIsNotAfterTheStart) {
  Event event = Sale();
  event.when = OneOff{Utc(2026, 11, 27), Utc(2026, 11, 27)};
  ExpectRefused(event, {"end 2026-11-27T00:00:00Z", "start 2026-11-27T00:00:00Z", "later end"});
  event.when = OneOff{Utc(2026, 11, 27), Utc(2026, 11, 26)};
  ExpectRefused(event, {"end 2026-11-26T00:00:00Z"});
}

TEST(CheckEvent, RefusesAScheduleThatNeverFires) {
  ExpectRefused(Nightly("0 0 30 2 *", hours(1)), {"schedule \"0 0 30 2 *\"", "never fires", "day of the month"});
}

TEST(CheckEvent, RefusesADurationThatNeverEnds) {
  ExpectRefused(Nightly("30 2 * * *", hours(24)), {"duration 1d", "\"30 2 * * *\"", "never end", "shorter"});
  ExpectRefused(Nightly("*/15 * * * *", minutes(15)), {"duration 15m"});
  ExpectRefused(Nightly("0 9 * * mon-fri", hours(72)), {"duration 3d"});
}

TEST(CheckEvent, RefusesADurationOfNothing) {
  ExpectRefused(Nightly("30 2 * * *", hours(0)), {"duration 0s", "above 0"});
  ExpectRefused(Nightly("30 2 * * *", hours(-1)), {"duration -1h", "above 0"});
}

TEST(CheckEvent, RefusesAMultiplierThatIsNone) {
  Event event = Sale();
  event.multiplier = 0;
  ExpectRefused(event, {"multiplier 0", "above 0"});
  event.multiplier = -1.5;
  ExpectRefused(event, {"multiplier -1.5"});
  event.multiplier = std::numeric_limits<double>::infinity();
  ExpectRefused(event, {"multiplier inf"});
  event.multiplier = std::numeric_limits<double>::quiet_NaN();
  ExpectRefused(event, {"multiplier nan"});
}

TEST(CheckEvent, RefusesNegativeReplicas) {
  Event event = Sale();
  event.min_replicas = -1;
  ExpectRefused(event, {"minReplicas -1", "1 or more"});
}

}  // namespace
}  // namespace dso::calendar
