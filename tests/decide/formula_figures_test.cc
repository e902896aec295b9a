#include "decide/formula_figures.h"

#include <gtest/gtest.h>

#include <limits>

namespace dso::decide {
namespace {

using namespace std::chrono_literals;

constexpr Measured kMeasured{.cores = api::PodCores{6, api::PodCores::From::kRequests}, .average_response_time = 900ms};

TEST(FormulaFigures, OfTheSpecGoBeforeWhatIsMeasured) {
  const api::CapacityFormula given{.cores = 8, .concurrency_per_core = 4, .average_response_time = 1200ms};
  const FormulaFigures figures = FiguresOf(given, kMeasured);
  EXPECT_EQ(figures.cores, 8);
  EXPECT_EQ(figures.cores_from, "Spec");
  EXPECT_EQ(figures.average_response_time, 1200ms);
  EXPECT_EQ(figures.average_response_time_from, "Spec");
  EXPECT_FALSE(IsMeasured(given));
}

TEST(FormulaFigures, ThatAreLeftOutAreWhatWasMeasured) {
  const api::CapacityFormula formula{.cores = {}, .concurrency_per_core = 4, .average_response_time = {}};
  const FormulaFigures figures = FiguresOf(formula, kMeasured);
  EXPECT_EQ(figures.cores, 6);
  EXPECT_EQ(figures.cores_from, "Requests");
  EXPECT_EQ(figures.average_response_time, 900ms);
  EXPECT_EQ(figures.average_response_time_from, "Measured");
  EXPECT_TRUE(IsMeasured(formula));
  const FormulaFigures unknown = FiguresOf(formula, {});
  EXPECT_EQ(unknown.cores, std::nullopt);
  EXPECT_EQ(unknown.average_response_time, std::nullopt);
  EXPECT_EQ(unknown.average_response_time_from, "");
}

TEST(SettledResponseTime, IsTheFirstThatIsMeasured) { EXPECT_EQ(SettledResponseTime(std::nullopt, 1.2), 1200ms); }

TEST(SettledResponseTime, StaysUntilAnotherDiffersByATwentieth) {
  EXPECT_EQ(SettledResponseTime(1000ms, 1.049), 1000ms);
  EXPECT_EQ(SettledResponseTime(1000ms, 0.951), 1000ms);
  EXPECT_EQ(SettledResponseTime(1000ms, 1.05), 1050ms);
  EXPECT_EQ(SettledResponseTime(1000ms, 0.95), 950ms);
}

TEST(SettledResponseTime, StaysWhereThereIsNoNews) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  for (const double no_news : {kNaN, std::numeric_limits<double>::infinity(), 0.0, -1.0, 86'401.0}) {
    EXPECT_EQ(SettledResponseTime(1000ms, no_news), 1000ms) << no_news;
    EXPECT_EQ(SettledResponseTime(std::nullopt, no_news), std::nullopt) << no_news;
  }
}

TEST(SettledResponseTime, IsNeverZero) { EXPECT_EQ(SettledResponseTime(std::nullopt, 1e-6), 1ms); }

}  // namespace
}  // namespace dso::decide
