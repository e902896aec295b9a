#include "cli/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/sample_result.h"

namespace dso::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Summary, IsATableForPeople) {
  EXPECT_EQ(Summary(test::SampleResult()),
            "chat.csv: 4032 samples from 2026-11-30T00:00:00Z to 2026-12-14T00:00:00Z\n"
            "judged: 7d after a warm-up of 7d\n"
            "replica: serves 12.5 at 100 % CPU (the peak is 500), ready after 5m, 1 to 100 replicas\n"
            "policy: HPA target 70 %, floor target 70 %, quantile 0.9, lead 10m\n"
            "\n"
            "                           HPA alone    with floor      change\n"
            "demand lost                 0.0125 %     0.00313 %     -75.0 %\n"
            "replica-hours                 1000.0        1100.0     +10.0 %\n"
            "time busy                         2h           20m\n"
            "longest time busy                12m            3m\n"
            "mean utilisation              62.0 %        55.0 %\n"
            "changes of replicas              300           400\n"
            "\n"
            "2000 forecasts 10m ahead, model at the end: day Holt-Winters\n"
            "  error (WAPE)    5.0 % forecast, 10.0 % \"as now\", – \"as a day ago\"\n"
            "  quantile 0.9    covered 90.0 % of the values, 88.0 % of the peaks, 80.0 % in the steepest rises\n"
            "  the heaviest of 1 models:\n"
            "  100.0 % day Holt-Winters                     5.0 % error\n");
}

TEST(Summary, NamesWhatWasIgnoredAndRecommended) {
  sim::BacktestResult result = test::SampleResult();
  EXPECT_THAT(Summary(result), Not(HasSubstr("ignored")));
  result.ignored = 7;
  result.recommendation = "Take the train.";
  EXPECT_THAT(Summary(result), HasSubstr(", 7 rows ignored\n"));
  EXPECT_THAT(Summary(result), HasSubstr("\nTake the train.\n"));
}

TEST(Summary, SaysWhyThereIsNoAccuracy) {
  sim::BacktestResult result = test::SampleResult();
  result.accuracy = {};
  EXPECT_THAT(Summary(result), HasSubstr("No forecast could be judged"));
}

TEST(Summary, NothingLostIsNoChange) {
  sim::BacktestResult result = test::SampleResult();
  result.alone.lost = result.alone.lost_share = result.with_floor.lost = result.with_floor.lost_share = 0;
  EXPECT_THAT(Summary(result), HasSubstr("±0 %"));
  result.with_floor.lost = result.with_floor.lost_share = 0.1;
  EXPECT_THAT(Summary(result), Not(HasSubstr("inf")));
}

}  // namespace
}  // namespace dso::cli
