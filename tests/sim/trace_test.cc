#include "sim/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace dso::sim {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr WallTime kNine{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1} + 9h};

std::vector<double> ValuesOf(const Trace& trace) {
  std::vector<double> values;
  for (const forecast::Sample& sample : trace.samples) values.push_back(sample.value);
  return values;
}

std::string ErrorOf(std::string_view csv) {
  const auto trace = ParseTrace("day.csv", csv);
  EXPECT_FALSE(trace.ok()) << csv;
  return trace.ok() ? "" : trace.error().message;
}

TEST(Trace, ReadsRowsWithAndWithoutAHeader) {
  for (const char* header : {"", "timestamp,value\n", "\xEF\xBB\xBFtimestamp,value\n", "\"time\",\"requests\"\n"}) {
    const auto trace =
        ParseTrace("day.csv", header + std::string("2026-12-01T09:00:00Z,1.5\n2026-12-01T09:05:00Z,2e3"));
    ASSERT_TRUE(trace.ok()) << trace.error().message;
    EXPECT_THAT(ValuesOf(*trace), testing::ElementsAre(1.5, 2000));
    EXPECT_EQ(trace->samples[0].at, kNine);
    EXPECT_EQ(trace->samples[1].at, kNine + 5min);
    EXPECT_EQ(trace->name, "day.csv");
  }
}

TEST(Trace, PassesOverBlankLinesCommentsAndCarriageReturns) {
  const auto trace =
      ParseTrace("x", "# of the shop\r\n\r\ntimestamp,value\r\n \"1796115600\" , +7 \r\n\r\n1796115660,0\r\n");
  ASSERT_TRUE(trace.ok()) << trace.error().message;
  EXPECT_THAT(ValuesOf(*trace), testing::ElementsAre(7, 0));
}

TEST(Trace, AMissingValueIsNotZero) {
  const auto trace = ParseTrace("x", "100,1\n160,\n220,NaN\n280,+Inf\n340,1e999\n400,2\n");
  ASSERT_TRUE(trace.ok()) << trace.error().message;
  EXPECT_THAT(ValuesOf(*trace), testing::ElementsAre(1, 2));
  EXPECT_EQ(trace->missing, 4u);
}

TEST(Trace, SortsAndLetsTheLastOfEqualTimestampsCount) {
  const auto trace = ParseTrace("x", "300,3\n100,1\n300,4\n200,2\n100,5\n");
  ASSERT_TRUE(trace.ok()) << trace.error().message;
  EXPECT_THAT(ValuesOf(*trace), testing::ElementsAre(5, 2, 4));
  EXPECT_EQ(trace->replaced, 2u);
}

TEST(Trace, SaysWhichLineIsWrongAndWhatToWrite) {
  EXPECT_EQ(ErrorOf("timestamp,value\n2026-12-01T09:00:00Z,1\n2026-12-01T9:05,2\n"),
            "day.csv:3: timestamp \"2026-12-01T9:05\" cannot be read; write it as 2026-12-01T09:00:00Z, or as seconds "
            "since 1970");
  EXPECT_EQ(ErrorOf("# comment\n\n100,many\n"),
            "day.csv:3: value \"many\" is not a number; write it as 51.5, or leave it empty where it is not known");
  EXPECT_EQ(ErrorOf("100,1\n160,-2\n"),
            "day.csv:2: value \"-2\": demand cannot be negative; leave the value empty where it is not known");
  EXPECT_EQ(ErrorOf("100,1e31\n"), "day.csv:1: value \"1e31\": demand is at most 1e30; check the unit");
  EXPECT_EQ(ErrorOf("100;1\n"), "day.csv:1: \"100;1\" has no comma; write a row as 2026-12-01T09:00:00Z,51.5");
  EXPECT_EQ(
      ErrorOf("timestamp,a,b\n"),
      "day.csv:1: \"timestamp,a,b\" has 3 columns; a trace has two, timestamp and value: cut out the one series to "
      "replay");
}

TEST(Trace, OnlyTheFirstRowCanBeAHeader) {
  EXPECT_THAT(ErrorOf("100,1\ntimestamp,value\n"), HasSubstr("day.csv:2: timestamp \"timestamp\" cannot be read"));
  EXPECT_THAT(ErrorOf("monday,1\n100,1\n"), HasSubstr("day.csv:1: timestamp \"monday\" cannot be read"));
  EXPECT_THAT(ErrorOf("1x0,value\n100,1\n"), HasSubstr("day.csv:1: timestamp \"1x0\" cannot be read"));
}

TEST(Trace, QuotesNoMoreThanAPersonCanRead) {
  const std::string message = ErrorOf(std::string(1000, 'x') + "\n");
  EXPECT_LT(message.size(), 200u);
  EXPECT_THAT(ErrorOf("10\x1b[2J0\n"), HasSubstr("\"10?[2J0\""));
}

TEST(Trace, NeedsTwoSamples) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("day.csv: 0 usable samples; a history needs at least two"));
  EXPECT_THAT(ErrorOf("timestamp,value\n100,1\n160,\n"), HasSubstr("1 usable sample;"));
}

TEST(Trace, RefusesAHistoryOfDecades) {
  EXPECT_THAT(ErrorOf("100,1\n1796115600,1\n"), HasSubstr("1970-01-01T00:01:40Z and 2026-12-01T09:00:00Z; check the"));
}

TEST(Trace, OfSamplesDropsWhatIsNotFinite) {
  const auto trace = MakeTrace("q", {{kNine, 1}, {kNine + 1min, NAN}, {kNine + 2min, 3}});
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ(trace->missing, 1u);
  const auto negative = MakeTrace("q", {{kNine, 1}, {kNine + 1min, -3}});
  ASSERT_FALSE(negative.ok());
  EXPECT_EQ(
      negative.error().message,
      "q: value -3 at 2026-12-01T09:01:00Z: demand cannot be negative; leave the value empty where it is not known");
}

TEST(Trace, ItsStepIsThatOfMostSamples) {
  EXPECT_EQ(SampleStep({{kNine, 1}, {kNine + 1min, 1}, {kNine + 9h, 1}, {kNine + 9h + 1min, 1}}), 1min);
  EXPECT_EQ(SampleStep({{kNine, 1}, {kNine + 7s, 1}}), 7s);
}

TEST(Trace, ItsStepDoesNotDependOnTheFuture) {
  std::vector<forecast::Sample> samples;
  for (int i = 0; i <= 200; ++i) samples.push_back({kNine + i * 1min, 1});
  const milliseconds before = SampleStep(samples);
  for (int i = 0; i < 1000; ++i) samples.push_back({samples.back().at + 1h, 1});
  EXPECT_EQ(SampleStep(samples), before);
}

}  // namespace
}  // namespace dso::sim
