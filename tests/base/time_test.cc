#include "base/time.h"

#include <gtest/gtest.h>

namespace dso {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using namespace std::chrono_literals;

constexpr WallTime At(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day));
}

struct TimeCase {
  std::string_view text;
  WallTime time;
};

TEST(TimeTest, ParsesRfc3339) {
  const WallTime nine = At(2026, 12, 1) + 9h;
  for (const TimeCase& c : std::initializer_list<TimeCase>{
           {"2026-12-01T09:00:00Z", nine},
           {"2026-12-01t09:00:00z", nine},
           {"2026-12-01 09:00:00Z", nine},
           {"2026-12-01T10:30:00+01:30", nine},
           {"2026-12-01T10:30:00+0130", nine},
           {"2026-11-30T21:00:00-12:00", nine},
           {"2026-12-01T09:00:00.5Z", nine + 500ms},
           {"2026-12-01T09:00:00.123456Z", nine + 123ms},
           {"2026-12-01T09:00:00.999999999Z", nine + 999ms},
           {"2024-02-29T00:00:00Z", At(2024, 2, 29)},
           {"2016-12-31T23:59:60Z", At(2017, 1, 1)},  // a leap second is the next minute's first
           {"1969-12-31T23:59:59.250Z", WallTime(-750ms)},
           {"0001-01-01T00:00:00Z", At(1, 1, 1)},
       }) {
    const auto parsed = ParseTime(c.text);
    ASSERT_TRUE(parsed.ok()) << c.text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, c.time) << c.text;
  }
}

TEST(TimeTest, RefusesWhatIsNoRfc3339AndShowsHowToWriteIt) {
  for (const std::string_view text : {"",
                                      "now",
                                      "2026-12-01",
                                      "2026-12-01T09:00:00",
                                      "2026-13-01T09:00:00Z",
                                      "2026-02-29T09:00:00Z",
                                      "2026-00-01T09:00:00Z",
                                      "2026-12-32T09:00:00Z",
                                      "2026-12-01T24:00:00Z",
                                      "2026-12-01T09:60:00Z",
                                      "2026-12-01T09:00:61Z",
                                      "2026-12-01T09:00:00.Z",
                                      "2026-12-01T09:00:00Zulu",
                                      "2026-12-01T09:00:00+1:00",
                                      "2026-12-01T09:00:00+24:00",
                                      "2026-12-01T09:00:00+01:60",
                                      "26-12-01T09:00:00Z",
                                      " 2026-12-01T09:00:00Z",
                                      "2026-12-01T09:00:00Z ",
                                      "2026/12/01T09:00:00Z",
                                      "2026-12-01T09:00Z"}) {
    const auto parsed = ParseTime(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(parsed.error().message.find("2026-12-01T09:00:00Z (RFC 3339)"), std::string::npos);
  }
}

TEST(TimeTest, FormatsAsMetav1Time) {
  EXPECT_EQ(FormatTime(At(2026, 12, 1) + 9h + 5min + 7s + 999ms), "2026-12-01T09:05:07Z");
  EXPECT_EQ(FormatMicroTime(At(2026, 12, 1) + 9h + 7ms), "2026-12-01T09:00:00.007000Z");
}

TEST(TimeTest, FormatsTimesBeforeTheEpoch) {
  EXPECT_EQ(FormatTime(WallTime(-1ms)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(FormatMicroTime(WallTime(-1ms)), "1969-12-31T23:59:59.999000Z");
}

TEST(TimeTest, TimesSurviveARoundTrip) {
  // Steps that are no multiple of a second, a day or a year, over two centuries.
  for (WallTime time = At(1900, 1, 1); time < At(2100, 1, 1); time += hours(1237) + 59min + 59s + 17ms) {
    const auto parsed = ParseTime(FormatMicroTime(time));
    ASSERT_TRUE(parsed.ok()) << FormatMicroTime(time);
    ASSERT_EQ(*parsed, time);
  }
}

struct DurationCase {
  std::string_view text;
  milliseconds duration;
};

TEST(DurationTest, ParsesWhatPeopleWrite) {
  for (const DurationCase& c : std::initializer_list<DurationCase>{
           {"300ms", 300ms},
           {"15s", 15s},
           {"5m", 5min},
           {"1h30m", 90min},
           {"1.5h", 90min},
           {"28d", hours(28 * 24)},
           {"2w", hours(14 * 24)},
           {"1d12h30m15s250ms", hours(36) + 30min + 15s + 250ms},
           {"0s", 0ms},
           {"0.25s", 250ms},
           {"0.0004s", 0ms},
           {"0.0006s", 1ms},
           {"3660d", hours(3660 * 24)},
       }) {
    const auto parsed = ParseDuration(c.text);
    ASSERT_TRUE(parsed.ok()) << c.text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, c.duration) << c.text;
  }
}

TEST(DurationTest, RefusesWhatIsNoDurationAndShowsHowToWriteIt) {
  for (const std::string_view text : {"", "15", "s", "-5s", "-0s", "+5s", "5 s", " 5s", "5s ", "5y", "5S", "1e3s",
                                      "infs", "nans", "0x5s", "5s5", "five"}) {
    const auto parsed = ParseDuration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.error().message.find("is not a duration; write it as"), std::string::npos) << text;
  }
}

TEST(DurationTest, RefusesWhatWouldOverflow) {
  for (const std::string_view text : {"3661d", "99999999999999999999w", "3660d1ms"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(DurationTest, FormatsTheTwoLargestUnits) {
  EXPECT_EQ(FormatDuration(0ms), "0s");
  EXPECT_EQ(FormatDuration(300ms), "300ms");
  EXPECT_EQ(FormatDuration(1500ms), "1s500ms");
  EXPECT_EQ(FormatDuration(4min + 12s), "4m12s");
  EXPECT_EQ(FormatDuration(4min + 12s + 7ms), "4m12s");
  EXPECT_EQ(FormatDuration(hours(27 * 24 + 22)), "27d22h");
  EXPECT_EQ(FormatDuration(hours(24)), "1d");
  EXPECT_EQ(FormatDuration(hours(24) + 5min), "1d");  // "1d0h" is all that two units say
  EXPECT_EQ(FormatDuration(-90s), "-1m30s");
}

TEST(DurationTest, DurationsOfTwoUnitsSurviveARoundTrip) {
  for (const milliseconds duration :
       {1ms, 999ms, milliseconds(1s), milliseconds(59s), milliseconds(61s), milliseconds(1h), milliseconds(61min),
        milliseconds(hours(25)), milliseconds(hours(3659 * 24 + 23))}) {
    const auto parsed = ParseDuration(FormatDuration(duration));
    ASSERT_TRUE(parsed.ok()) << FormatDuration(duration);
    EXPECT_EQ(*parsed, duration);
  }
}

}  // namespace
}  // namespace dso
