#include "load/timestamp.h"

#include <gtest/gtest.h>

namespace workload {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr UtcTime kMorning = sys_days(2026y / January / 5) + 8h;

TEST(ParseTimestamp, TakesIsoWithAndWithoutZone) {
  for (const char* text :
       {"2026-01-05T08:00:00Z", "2026-01-05 08:00:00", "2026-01-05T08:00", "2026-01-05T16:00:00+08:00",
        "2026-01-05T16:00:00+0800", "2026-01-05T03:00:00-05", "2026-01-05T08:00:00.000Z"}) {
    EXPECT_EQ(ParseTimestamp(text), kMorning) << text;
  }
  EXPECT_EQ(ParseTimestamp("2026-01-05T08:00:00.25Z"), kMorning + 250ms);
}

TEST(ParseTimestamp, TellsSecondsFromMilliseconds) {
  EXPECT_EQ(ParseTimestamp("1767600000"), kMorning);
  EXPECT_EQ(ParseTimestamp("1767600000.5"), kMorning + 500ms);
  EXPECT_EQ(ParseTimestamp("1767600000000"), kMorning);
}

TEST(ParseTimestamp, RefusesWhatIsNoTime) {
  for (const char* text : {"", "timestamp", "2026-01-05", "2026-02-30T00:00:00Z", "2026-01-05T24:00:00Z", "-1", "nan",
                           "2026-01-05T08:00:00Zulu", "2026-1-5T08:00:00Z", "2026-01-05T08:00:00+8", "1e30"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace workload
