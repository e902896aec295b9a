#include "sim/backtest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/sim/generated.h"

namespace dso::sim {
namespace {

using std::chrono::days;
using testing::HasSubstr;
using namespace std::chrono_literals;
using test::DailyDemand;
using test::kMonday;
using test::kStep;
using test::SampleOptions;

BacktestRun RunOn(const Trace& trace, const BacktestOptions& options = SampleOptions()) {
  auto run = Backtest(trace, options);
  EXPECT_TRUE(run.ok()) << run.error().message;
  return *std::move(run);
}

int FloorAt(const BacktestRun& run, WallTime at) {
  int floor = 0;
  for (const FloorChange& change : run.floor) {
    if (change.at <= at) floor = change.replicas;
  }
  return floor;
}

TEST(Backtest, AFloorPaysWhereTheRiseComesEachDay) {
  const BacktestRun run = RunOn(test::DailyTrace(days(9)));
  const BacktestResult& result = run.result;
  EXPECT_GT(result.alone.lost_share, 0.005);
  EXPECT_LT(result.with_floor.lost, result.alone.lost / 3);
  EXPECT_LT(result.with_floor.replica_hours, result.alone.replica_hours * 1.25);
  EXPECT_LT(result.accuracy.wape, result.accuracy.wape_last_value);
  EXPECT_GT(result.accuracy.forecasts, 1000u);
}

TEST(Backtest, SharesAreShares) {
  const BacktestResult result = RunOn(test::DailyTrace(days(8))).result;
  for (const double share :
       {result.alone.lost_share, result.with_floor.lost_share, result.alone.mean_utilization,
        result.with_floor.mean_utilization, result.accuracy.coverage, result.accuracy.coverage_of_peak}) {
    EXPECT_GE(share, 0);
    EXPECT_LE(share, 1);
  }
}

TEST(Backtest, TheFloorOfAPrefixIsThePrefixOfTheFloor) {
  std::mt19937 random(7);
  std::lognormal_distribution<double> noise(0, 0.3);
  const Trace whole = test::Generate(days(6), [&](WallTime at) { return DailyDemand(at) * noise(random); });
  BacktestOptions options = SampleOptions();
  options.warmup = 0ms;
  options.lead = 0ms;
  const BacktestRun full = RunOn(whole, options);
  for (const double share : {0.3, 0.55, 0.8}) {
    Trace prefix = whole;
    prefix.samples.resize(static_cast<size_t>(share * static_cast<double>(whole.samples.size())));
    const BacktestRun run = RunOn(prefix, options);
    ASSERT_LE(run.floor.size(), full.floor.size());
    for (size_t i = 0; i < run.floor.size(); ++i) {
      EXPECT_EQ(run.floor[i].at, full.floor[i].at);
      EXPECT_EQ(run.floor[i].replicas, full.floor[i].replicas);
    }
    ASSERT_LE(run.forecasts.size(), full.forecasts.size());
    for (size_t i = 0; i < run.forecasts.size(); ++i) EXPECT_EQ(run.forecasts[i].quantile, full.forecasts[i].quantile);
  }
}

TEST(Backtest, TheFloorStartsWithTheFirstSampleAndListsChangesOnly) {
  const Trace trace = test::DailyTrace(days(7));
  const BacktestRun run = RunOn(trace);
  ASSERT_FALSE(run.floor.empty());
  EXPECT_EQ(run.floor.front().at, kMonday);
  EXPECT_EQ(run.floor.front().replicas, 5);  // ceil(20 / (5 · 0.9))
  for (size_t i = 1; i < run.floor.size(); ++i) {
    EXPECT_LT(run.floor[i - 1].at, run.floor[i].at);
    EXPECT_NE(run.floor[i - 1].replicas, run.floor[i].replicas);
  }
  EXPECT_LE(run.floor.back().at, trace.samples.back().at);
}

TEST(Backtest, ForecastsAreForExactlyTheLead) {
  const Trace trace = test::DailyTrace(days(7));
  const BacktestRun run = RunOn(trace);
  ASSERT_FALSE(run.forecasts.empty());
  for (const IssuedForecast& forecast : run.forecasts) {
    EXPECT_EQ(forecast.target - forecast.issued, 10min);
    EXPECT_GE(forecast.quantile, forecast.expected);
  }
}

TEST(Backtest, TheLeadFollowsTheStartup) {
  BacktestOptions options = SampleOptions();
  options.lead = 0ms;
  options.startup = 7min;
  EXPECT_EQ(RunOn(test::DailyTrace(days(7)), options).result.options.lead, 7min + 45s);
}

TEST(Backtest, HoldsTheFloorThroughAnOutageOfTheMetrics) {
  Trace trace = test::DailyTrace(days(2));
  const WallTime from = kMonday + 33h + 30min;  // within the rush of the second day
  std::erase_if(trace.samples, [from](const forecast::Sample& s) { return s.at > from && s.at < from + 4h; });
  BacktestOptions options = SampleOptions();
  options.warmup = 0ms;
  const BacktestRun run = RunOn(trace, options);
  const int before = FloorAt(run, from);
  EXPECT_GE(before, 40);
  EXPECT_GE(FloorAt(run, from + 3h), before);
  EXPECT_LT(FloorAt(run, from + 5h), before);
}

TEST(Backtest, BelievesADemandForTwoAndAHalfSteps) {
  // A flat demand that falls with its last sample before a gap of hours.
  Trace trace = test::Generate(2h, [](WallTime) { return 100.0; });
  const WallTime fall = kMonday + 2h + kStep;
  trace.samples.push_back({fall, 10});
  trace.samples.push_back({kMonday + 12h, 10});
  BacktestOptions options = SampleOptions();
  options.warmup = 0ms;
  const int before = 23;  // ceil(100 / (5 · 0.9))
  options.scale_down_window = 12min;
  EXPECT_EQ(FloorAt(RunOn(trace, options), fall + 10min), before);
  EXPECT_LT(FloorAt(RunOn(trace, options), fall + 11min), before) << "a window after the tick before the fall";
  options.scale_down_window = 14min;  // ends when the demand is no longer known
  EXPECT_EQ(FloorAt(RunOn(trace, options), kMonday + 11h), before);
}

TEST(Backtest, PlansWithFractionsOfAPercentAndWithFullReplicas) {
  BacktestOptions options = SampleOptions();
  options.warmup = 0ms;
  const Trace trace = test::Generate(1h, [](WallTime) { return 1000.0; });
  options.max_replicas = 1000;
  options.policy.floor_target = 1;
  EXPECT_EQ(RunOn(trace, options).floor.front().replicas, 200);
  options.policy.floor_target = 0.725;
  EXPECT_EQ(RunOn(trace, options).floor.front().replicas, 276);  // 275.9; with 0.73 it would be 274
}

TEST(Backtest, TheTimelineShowsWhatIsJudged) {
  const Trace trace = test::DailyTrace(days(7));
  const BacktestResult result = RunOn(trace).result;
  ASSERT_EQ(result.timeline.size(), 2 * 288 + 1);
  EXPECT_EQ(result.timeline.front().at, kMonday + days(5));
  EXPECT_EQ(result.timeline.back().at, result.to);
  EXPECT_TRUE(std::isfinite(result.timeline.back().expected));
  EXPECT_GE(result.timeline.back().floor, 1);
  EXPECT_GE(result.timeline.back().replicas_alone, 1);
}

TEST(Backtest, ReportsItsProgress) {
  double last = -1;
  ASSERT_TRUE(Backtest(test::DailyTrace(days(6)), SampleOptions(), [&last](double share) {
                EXPECT_GT(share, last);
                EXPECT_LE(share, 1);
                last = share;
              }).ok());
  EXPECT_GT(last, 0);
}

TEST(Backtest, SaysWhatIsWrongWithTheOptions) {
  const Trace trace = test::DailyTrace(days(2));
  const auto error_with = [&trace](auto change) {
    BacktestOptions options = SampleOptions();
    options.warmup = 0ms;
    change(options);
    const auto run = Backtest(trace, options);
    return run.ok() ? "" : run.error().message;
  };
  EXPECT_EQ(error_with([](BacktestOptions&) {}), "");
  EXPECT_THAT(error_with([](auto& o) { o.capacity_per_replica = 0; }), HasSubstr("capacity of a replica is 0"));
  EXPECT_THAT(error_with([](auto& o) { o.policy.hpa_target = 1.1; }), HasSubstr("HPA target is 1.1"));
  EXPECT_THAT(error_with([](auto& o) { o.policy.floor_target = NAN; }), HasSubstr("floor target is nan"));
  EXPECT_THAT(error_with([](auto& o) { o.policy.quantile = 0.3; }), HasSubstr("quantile is 0.3"));
  EXPECT_THAT(error_with([](auto& o) { o.min_replicas = 0; }), HasSubstr("bounds are 0 and 100"));
  EXPECT_THAT(error_with([](auto& o) { o.warmup = days(2); }), HasSubstr("warm-up of 2d leaves nothing of the 2d"));
}

}  // namespace
}  // namespace dso::sim
