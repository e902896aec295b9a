#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/svg_path.h"
#include "sim/svg_scale.h"

namespace dso::sim {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

size_t Points(const std::vector<Polyline>& runs) {
  size_t points = 0;
  for (const Polyline& run : runs) points += run.size();
  return points;
}

TEST(DownsampleTest, KeepsEveryPeak) {
  std::vector<Point> points;
  for (int i = 0; i < 150'000; ++i) points.push_back({i / 150.0, 100 + std::sin(i)});
  points[77'777].y = 3;
  points[120'001].y = 250;
  const std::vector<Polyline> runs = Downsample(points, {.column = 1});
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_LE(runs[0].size(), 4u * 1001);
  EXPECT_NE(std::find(runs[0].begin(), runs[0].end(), points[77'777]), runs[0].end());
  EXPECT_NE(std::find(runs[0].begin(), runs[0].end(), points[120'001]), runs[0].end());
  EXPECT_EQ(runs[0].front(), points.front());
  EXPECT_EQ(runs[0].back(), points.back());
  EXPECT_TRUE(std::is_sorted(runs[0].begin(), runs[0].end(), [](Point a, Point b) { return a.x < b.x; }));
}

TEST(DownsampleTest, LeavesSparsePointsAsTheyAre) {
  const Polyline points{{0, 5}, {3, 1}, {9, 7}};
  EXPECT_EQ(Downsample(points, {.column = 1}), std::vector<Polyline>{points});
  EXPECT_TRUE(Downsample({}, {}).empty());
}

TEST(DownsampleTest, BreaksAtWhatIsUnknownOrFarAway) {
  const Polyline points{{0, 1}, {2, 1}, {4, kNaN}, {6, 1}, {8, 1}, {30, 1}};
  const std::vector<Polyline> runs = Downsample(points, {.column = 1, .gap = 10});
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs[0].size(), 2u);
  EXPECT_EQ(runs[1].size(), 2u);
  EXPECT_EQ(LinePath({runs[2]}), "M28 1L32 1");
}

TEST(DownsampleTest, HolesNarrowerThanAPixelDoNotMakeItLonger) {
  std::vector<Point> points;
  for (int i = 0; i < 100'000; ++i) points.push_back({i / 100.0, i % 2 == 0 ? kNaN : i});
  EXPECT_LE(Points(Downsample(points, {.column = 1})), 4u * 1001);
}

TEST(PathTest, Shapes) {
  const std::vector<Polyline> runs{{{0, 10}, {1, 10}, {2, 5.25}, {3, 5.25}}};
  EXPECT_EQ(LinePath({{{0, 1}, {2.04, -0.04}}}), "M0 1L2 0");
  EXPECT_EQ(StepPath(runs), "M0 10H2V5.2H3");
  EXPECT_EQ(StepAreaPath(runs, 20), "M0 20V10H2V5.2H3V20Z");
  EXPECT_EQ(LinePath({}), "");
}

TEST(PathTest, ABandIsTheHullOfItsColumns) {
  const std::vector<Interval> intervals{{0.1, 10, 8}, {0.6, 12, 9}, {1.2, 11, 2}};
  EXPECT_EQ(BandPath(intervals, {.column = 1}), "M0.1 8L1.2 2L1.2 11L0.1 12Z");
  const std::vector<Interval> apart{{0, 10, 8}, {5, kNaN, 8}, {9, 10, 8}};
  EXPECT_EQ(BandPath(apart, {.column = 1}), "M-0.5 8L0.5 8L0.5 10L-0.5 10ZM8.5 8L9.5 8L9.5 10L8.5 10Z");
}

TEST(ScaleTest, MapsRanges) {
  const Scale linear(0, 10, 100, 0);
  EXPECT_DOUBLE_EQ(linear(0), 100);
  EXPECT_DOUBLE_EQ(linear(5), 50);
  const Scale root(0, 100, 0, 10, Scale::Kind::kSquareRoot);
  EXPECT_DOUBLE_EQ(root(25), 5);
  EXPECT_TRUE(std::isfinite(Scale(3, 3, 0, 1)(3)));
}

TEST(TicksTest, AreNiceNumbers) {
  EXPECT_EQ(NiceTicks(0, 10, 6), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(NiceTicks(0, 3, 7, 1), (std::vector<double>{0, 1, 2, 3}));
  EXPECT_EQ(NiceTicks(0, 0, 7), std::vector<double>{0});
  for (const double high : {1e-9, 0.37, 1.0, 7.3, 99.0, 1234.5, 8.8e29}) {
    const std::vector<double> ticks = NiceTicks(0, high, 7);
    ASSERT_GE(ticks.size(), 3u) << high;
    ASSERT_LE(ticks.size(), 7u) << high;
    EXPECT_EQ(ticks[0], 0);
    EXPECT_LE(ticks.back(), high * (1 + 1e-9));
    const double mantissa = ticks[1] / std::pow(10, std::floor(std::log10(ticks[1]) + 1e-9));
    EXPECT_TRUE(std::abs(mantissa - 1) < 1e-6 || std::abs(mantissa - 2) < 1e-6 || std::abs(mantissa - 5) < 1e-6)
        << high << ": " << ticks[1];
  }
}

TEST(TicksTest, OfASquareRootKeepTheirDistance) {
  const Scale scale(0, 6, 400, 0, Scale::Kind::kSquareRoot);
  const std::vector<double> ticks = SquareRootTicks(scale, 24);
  ASSERT_GE(ticks.size(), 4u);
  EXPECT_EQ(ticks.front(), 0);
  for (size_t i = 1; i < ticks.size(); ++i) EXPECT_GE(scale(ticks[i - 1]) - scale(ticks[i]), 24);
}

TEST(TicksTest, OfTimeAreRound) {
  const WallTime monday = std::chrono::sys_days(std::chrono::year(2026) / std::chrono::March / 2);
  const std::vector<TimeTick> week = TimeTicks(monday, monday + days(7), 12);
  ASSERT_EQ(week.size(), 8u);
  EXPECT_EQ(week[0].label, "Mon 2 Mar");
  const std::vector<TimeTick> day = TimeTicks(monday + 7min, monday + days(1), 12);
  ASSERT_EQ(day.size(), 12u);
  EXPECT_EQ(day[0].label, "02:00");
  EXPECT_EQ(day.back().label, "3 Mar");
  const std::vector<TimeTick> quarter = TimeTicks(monday - days(1), monday + days(86), 12);
  EXPECT_EQ(quarter[1].at - quarter[0].at, days(14));
  EXPECT_EQ((quarter[0].at - monday) % days(7), 0ms) << "Mondays";
  EXPECT_LE(quarter.size(), 12u);
  for (const milliseconds span : {milliseconds(0), milliseconds(1min), milliseconds(days(6000))}) {
    const size_t ticks = TimeTicks(monday, monday + span, 12).size();
    EXPECT_GE(ticks, 1u);
    EXPECT_LE(ticks, 13u);
  }
}

}  // namespace
}  // namespace dso::sim
