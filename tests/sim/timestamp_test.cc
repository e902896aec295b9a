#include "sim/timestamp.h"

#include <gtest/gtest.h>

namespace dso::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime kNine{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1} + hours(9)};

TEST(Timestamp, ReadsIso8601) {
  EXPECT_EQ(ParseTimestamp("2026-12-01T09:00:00Z"), kNine);
  EXPECT_EQ(ParseTimestamp("2026-12-01 09:00:00"), kNine);
  EXPECT_EQ(ParseTimestamp("2026-12-01T09:00"), kNine);
  EXPECT_EQ(ParseTimestamp("2026-12-01t09:00:00z"), kNine);
  EXPECT_EQ(ParseTimestamp("2026-12-01T11:00:00+02:00"), kNine);
  EXPECT_EQ(ParseTimestamp("2026-12-01T03:30:00-0530"), kNine);
  EXPECT_EQ(ParseTimestamp("2026-12-01 10:00:00 +01"), kNine);
  EXPECT_EQ(ParseTimestamp("2026-12-01"), kNine - hours(9));
}

TEST(Timestamp, KeepsMilliseconds) {
  EXPECT_EQ(ParseTimestamp("2026-12-01T09:00:00.25Z"), kNine + milliseconds(250));
  EXPECT_EQ(ParseTimestamp("2026-12-01T09:00:00.123456789Z"), kNine + milliseconds(123));
}

TEST(Timestamp, ReadsSecondsAndMillisecondsSince1970) {
  EXPECT_EQ(ParseTimestamp("1796115600"), kNine);
  EXPECT_EQ(ParseTimestamp("1796115600.5"), kNine + milliseconds(500));
  EXPECT_EQ(ParseTimestamp("1796115600000"), kNine);
  EXPECT_EQ(ParseTimestamp("1.7961156e9"), kNine);
  EXPECT_EQ(ParseTimestamp("0"), WallTime());
}

TEST(Timestamp, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "yesterday",
                           "2026-13-01",
                           "2026-02-29",
                           "2026-12-01T24:00:00Z",
                           "2026-12-01T09:60:00Z",
                           "2026-12-01T09Z",
                           "2026-12-01T09:00:00.Z",
                           "2026-12-01T09:00:00Zulu",
                           "2026-12-01T09:00:00+25:00",
                           "2026-12-01T09:00:00+1",
                           "2026-12-01T09:00:00+01:",
                           "2026-12-01x",
                           "1969-12-31T23:59:59Z",
                           "2200-01-01",
                           "-1",
                           "nan",
                           "1e300",
                           "1796115600000000",
                           "12:00",
                           "2026/12/01"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace dso::sim
