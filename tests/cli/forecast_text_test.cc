#include "cli/forecast_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/cli/golden.h"
#include "tests/cli/sample_messages.h"

namespace dso::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::ExpectGolden;
using test::kNow;
using test::SampleDecision;
using test::SampleForecast;
using test::SampleView;
using testing::HasSubstr;
using testing::Not;
namespace v1 = deepseek::forecast::v1;

v1::GetForecastResponse WithPoints(std::vector<double> expected) {
  v1::GetForecastResponse forecast = SampleForecast();
  forecast.clear_path();
  milliseconds ahead{};
  for (const double value : expected) {
    v1::ForecastPoint& point = *forecast.add_path();
    *point.mutable_at() = test::ToTimestamp(kNow + (ahead += minutes(15)));
    point.set_expected(value);
    point.add_values(value * 0.75);
    point.add_values(value * 1.25);
  }
  return forecast;
}

int LongestLine(const std::string& text) {
  int longest = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    longest = std::max(longest, DisplayWidth(std::string_view(text).substr(begin, end - begin)));
    begin = end + 1;
  }
  return longest;
}

TEST(ForecastTable, IsForPeople) {
  ExpectGolden("forecast_table", ForecastTable(SampleForecast(hours(1)), SampleView()));
}

TEST(ForecastTable, MarksThePeakWhereThereAreColours) {
  EXPECT_THAT(ForecastTable(SampleForecast(hours(1)), SampleView(80, true)), HasSubstr("\x1b[1m"));
  EXPECT_THAT(ForecastTable(SampleForecast(hours(1)), SampleView()), Not(HasSubstr("\x1b")));
}

TEST(ForecastTable, WithinADayTimesHaveNoDay) {
  const std::string table = ForecastTable(WithPoints({1, 2, 3}), SampleView());
  EXPECT_THAT(table, HasSubstr("\n16:32             15m "));
  EXPECT_THAT(table, Not(HasSubstr("Mon 24")));
}

TEST(ForecastTable, TimesSayTheirZoneWhereItChanges) {
  View view = SampleView();
  view.local = [](WallTime at) {
    LocalMoment moment = test::BerlinInWinter(at);
    if (at > kNow + minutes(40)) moment.zone = "CEST";
    return moment;
  };
  const std::string table = ForecastTable(WithPoints({1, 2, 3}), view);
  EXPECT_THAT(table, HasSubstr("16:32 CET "));
  EXPECT_THAT(table, HasSubstr("17:02 CEST "));
}

TEST(ForecastTable, WithoutPointsSaysSo) {
  EXPECT_THAT(ForecastTable(WithPoints({}), SampleView()), HasSubstr("The forecast has no points.\n"));
}

TEST(ForecastTable, ControlCharactersOfANameStayOut) {
  v1::GetForecastResponse forecast = WithPoints({1});
  forecast.set_model(
      "a\x1b]0;owned\x07"
      "b");
  EXPECT_THAT(ForecastTable(forecast, SampleView()), HasSubstr("by a ]0;owned b\n"));
}

TEST(ForecastPicture, Fits80Columns) {
  const v1::ExplainResponse decision = SampleDecision();
  const std::string picture = ForecastPicture(SampleForecast(), &decision, SampleView());
  EXPECT_EQ(LongestLine(picture), 80);
  ExpectGolden("plot_80", picture);
}

TEST(ForecastPicture, Fits120Columns) {
  const v1::ExplainResponse decision = SampleDecision();
  const std::string picture = ForecastPicture(SampleForecast(), &decision, SampleView(120));
  EXPECT_EQ(LongestLine(picture), 120);
  ExpectGolden("plot_120", picture);
}

TEST(ForecastPicture, ColoursChangeNothingElse) {
  const v1::ExplainResponse decision = SampleDecision();
  std::string colored = ForecastPicture(SampleForecast(), &decision, SampleView(80, true));
  for (size_t at = colored.find('\x1b'); at != colored.npos; at = colored.find('\x1b')) {
    colored.erase(at, colored.find('m', at) + 1 - at);
  }
  EXPECT_EQ(colored, ForecastPicture(SampleForecast(), &decision, SampleView()));
}

TEST(ForecastPicture, WithoutADecisionHasNeitherCapacityNorDemand) {
  const std::string picture = ForecastPicture(SampleForecast(), nullptr, SampleView());
  EXPECT_THAT(picture, Not(HasSubstr("floor")));
  EXPECT_THAT(picture, Not(HasSubstr("●")));
}

TEST(ForecastPicture, NoDemandIsALineOnTheAxis) {
  ExpectGolden("plot_zero", ForecastPicture(WithPoints(std::vector<double>(96, 0)), nullptr, SampleView(60)));
}

TEST(ForecastPicture, OnePointIsADot) {
  ExpectGolden("plot_one_point", ForecastPicture(WithPoints({12}), nullptr, SampleView(60)));
}

TEST(ForecastPicture, HugeValuesHavePrefixes) {
  ExpectGolden("plot_huge", ForecastPicture(WithPoints({2e9, 3e9, 9.9e9, 4e9}), nullptr, SampleView(60)));
}

TEST(ForecastPicture, TinyValuesHaveDecimals) {
  ExpectGolden("plot_tiny", ForecastPicture(WithPoints({0.002, 0.003, 0.001}), nullptr, SampleView(60)));
}

TEST(ForecastPicture, ValuesAtTheEndOfTheirRangeAreDrawn) {
  const std::string picture = ForecastPicture(WithPoints({1e300, 2e300}), nullptr, SampleView(60));
  EXPECT_THAT(picture, HasSubstr("e+300 ┤"));
  EXPECT_LE(LongestLine(picture), 60);
}

TEST(ForecastPicture, WhatIsNoNumberIsLeftOut) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  ExpectGolden("plot_gaps", ForecastPicture(WithPoints({10, kNaN, 20, kInfinity, 10}), nullptr, SampleView(60)));
  EXPECT_THAT(ForecastPicture(WithPoints({kNaN}), nullptr, SampleView()), HasSubstr("no points to draw"));
}

TEST(ForecastPicture, APeakOfAnEventStandsOut) {
  std::vector<double> values(96, 10);
  for (size_t i = 40; i < 48; ++i) values[i] = 60;
  ExpectGolden("plot_event", ForecastPicture(WithPoints(values), nullptr, SampleView(60)));
}

TEST(ForecastPicture, CapacityFarAboveIsToldAndNotDrawn) {
  v1::ExplainResponse decision = SampleDecision();
  decision.mutable_capacity()->set_per_replica(1000);
  EXPECT_THAT(ForecastPicture(SampleForecast(), &decision, SampleView()),
              HasSubstr("9 replicas (the floor) carry 9000 (above the plot)"));
}

TEST(ForecastPicture, ALeadBeyondTheHorizonIsToldAndNotDrawn) {
  v1::GetForecastResponse forecast = WithPoints({10, 20});
  *forecast.mutable_lead() = ToDuration(hours(2));
  EXPECT_THAT(ForecastPicture(forecast, nullptr, SampleView()), HasSubstr("┊ lead 2h (beyond the plot)"));
}

TEST(ForecastPicture, NarrowTerminalsGetFortyColumns) {
  EXPECT_LE(LongestLine(PlotText({.from = kNow,
                                  .points = {{.at = kNow + minutes(1), .expected = 1, .low = 1, .high = 1}},
                                  .unit = "requests/s",
                                  .band = "",
                                  .lead = {},
                                  .capacity = {},
                                  .demand = {}},
                                 SampleView(10))),
            40);
}

}  // namespace
}  // namespace dso::cli
