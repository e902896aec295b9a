#include "cli/backtest_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dso::cli {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

BacktestFlags OfFile() {
  BacktestFlags flags;
  flags.trace = "day.csv";
  return flags;
}

BacktestFlags OfPrometheus() {
  BacktestFlags flags;
  flags.prometheus = "http://prometheus:9090";
  flags.query = "sum(rate(requests_total[5m]))";
  return flags;
}

std::string ErrorWith(void (*change)(BacktestFlags&), BacktestFlags flags = OfFile()) {
  change(flags);
  const auto request = Interpret(flags);
  return request.ok() ? "" : request.error().message;
}

TEST(BacktestFlags, DefaultsAreThoseOfTheBacktest) {
  const auto request = Interpret(OfFile());
  ASSERT_TRUE(request.ok()) << request.error().message;
  const sim::BacktestOptions defaults;
  EXPECT_EQ(request->trace, "day.csv");
  EXPECT_FALSE(request->prometheus);
  EXPECT_EQ(request->options.capacity_per_replica, 0);
  EXPECT_EQ(request->options.policy, defaults.policy);
  EXPECT_EQ(request->options.startup, defaults.startup);
  EXPECT_EQ(request->options.lead, 0ms);
  EXPECT_EQ(request->options.warmup, defaults.warmup);
  EXPECT_EQ(request->options.max_replicas, defaults.max_replicas);
}

TEST(BacktestFlags, ReadsAllOptions) {
  BacktestFlags flags = OfFile();
  flags.capacity_per_replica = "0.5";
  flags.target_utilization = "72.5%";
  flags.hpa_target = "0.8";
  flags.quantile = "0.95";
  flags.startup = "90s";
  flags.lead = "20m";
  flags.warmup = "0d";
  flags.min_replicas = "2";
  flags.max_replicas = "100000000";
  const auto request = Interpret(flags);
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->options.capacity_per_replica, 0.5);
  EXPECT_DOUBLE_EQ(request->options.policy.floor_target, 0.725);
  EXPECT_EQ(request->options.policy.hpa_target, 0.8);
  EXPECT_EQ(request->options.policy.quantile, 0.95);
  EXPECT_EQ(request->options.startup, 90s);
  EXPECT_EQ(request->options.lead, 20min);
  EXPECT_EQ(request->options.warmup, 0ms);
  EXPECT_EQ(request->options.min_replicas, 2);
  EXPECT_EQ(request->options.max_replicas, 100'000'000);
}

TEST(BacktestFlags, TheFloorMayPlanWithFullReplicas) {
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.target_utilization = "1.0"; }), "");
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.target_utilization = "100%"; }), "");
}

TEST(BacktestFlags, NameTheFlagTheValueAndTheRemedy) {
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.target_utilization = "70"; }),
            "--target-utilization is \"70\"; give a share above 0 and at most 1, such as 0.7 or 70%");
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.hpa_target = "0.725"; }),
            "--hpa-target is \"0.725\"; an HPA's averageUtilization is a whole percent: give 0.7 or 70%");
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.quantile = "0.3"; }),
            "--quantile is \"0.3\"; give a number from 0.5 to 0.999");
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.startup = "300"; }),
            "--startup: \"300\" is not a duration; write it as 300ms, 15s, 5m, 1h30m or 28d");
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.lead = "0s"; }), "--lead is \"0s\"; give at least 1s");
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.min_replicas = "0"; }),
            "--min is \"0\"; give a whole number from 1 to 100000000");
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.max_replicas = "1.5"; }),
            "--max is \"1.5\"; give a whole number from 1 to 100000000");
  EXPECT_THAT(ErrorWith([](BacktestFlags& f) { f.capacity_per_replica = "-1"; }),
              HasSubstr("--capacity-per-replica is \"-1\"; give what one replica serves"));
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) {
              f.min_replicas = "5";
              f.max_replicas = "4";
            }),
            "--max is \"4\"; give at least --min, 5");
}

TEST(BacktestFlags, AMinimumAboveTheDefaultMaximumRaisesIt) {
  BacktestFlags flags = OfFile();
  flags.min_replicas = "200";
  const auto request = Interpret(flags);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->options.max_replicas, 200);
}

TEST(BacktestFlags, TheHistoryComesFromOnePlace) {
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.trace.clear(); }),
            "there is nothing to replay; give a CSV file, \"-\" for standard input, or --prometheus");
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.prometheus = "http://p"; }),
            "TRACE day.csv and --prometheus http://p are both given; give one of the two");
  EXPECT_EQ(ErrorWith([](BacktestFlags& f) { f.range = "7d"; }),
            "--range is \"7d\"; it goes with --prometheus only, not with a file");
  EXPECT_THAT(ErrorWith([](BacktestFlags& f) { f.query.clear(); }, OfPrometheus()), HasSubstr("--query is missing"));
  EXPECT_THAT(ErrorWith([](BacktestFlags& f) { f.prometheus = "prometheus:9090"; }, OfPrometheus()),
              HasSubstr("--prometheus: \"prometheus:9090\" is not a usable URL"));
}

TEST(BacktestFlags, TheStepFollowsTheRange) {
  BacktestFlags flags = OfPrometheus();
  EXPECT_EQ(Interpret(flags)->prometheus->range, std::chrono::days(14));
  EXPECT_EQ(Interpret(flags)->prometheus->step, 1min);
  flags.range = "90d";
  EXPECT_EQ(Interpret(flags)->prometheus->step, 5min);
  flags.step = "15s";
  EXPECT_EQ(Interpret(flags)->prometheus->step, 15s);
}

}  // namespace
}  // namespace dso::cli
