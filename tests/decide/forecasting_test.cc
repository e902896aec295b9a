#include "decide/forecasting.h"

#include <gtest/gtest.h>

namespace dso::decide {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

api::PredictionSpec With(milliseconds history, std::vector<milliseconds> seasons = {}) {
  api::PredictionSpec prediction;
  prediction.history = history;
  prediction.seasons = std::move(seasons);
  return prediction;
}

TEST(HistoryFor, ReadsTheLastDayByTheMinuteAndTheRestByFive) {
  const HistoryPlan plan = HistoryFor(With(days(28)));
  EXPECT_EQ(plan.length, days(28));
  EXPECT_EQ(plan.step, minutes(5));
  EXPECT_EQ(plan.recent_length, hours(24));
  EXPECT_EQ(plan.recent_step, minutes(1));
}

TEST(HistoryFor, ReadsAYearOfDays) { EXPECT_EQ(HistoryFor(With(days(366))).length, days(366)); }

TEST(HistoryFor, ReadsNoMoreThanAServerCanBeAskedForWithShortSeasons) {
  for (const milliseconds season : {milliseconds(minutes(1)), milliseconds(minutes(10)), milliseconds(hours(1))}) {
    const HistoryPlan plan = HistoryFor(With(days(366), {season}));
    EXPECT_LE(plan.length / plan.step, 110'000) << FormatDuration(season);
    EXPECT_GE(plan.length, 300 * season) << FormatDuration(season) << ": hundreds of seasons are enough to learn from";
    EXPECT_LE(plan.recent_length, plan.length);
  }
}

}  // namespace
}  // namespace dso::decide
