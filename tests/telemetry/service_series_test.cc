#include "telemetry/service_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace dso::telemetry {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string Series(ServiceFigures figures) {
  AllServiceFigures services;
  services[{"shop", "chat"}] = std::make_shared<const ServiceFigures>(std::move(figures));
  std::string text;
  WriteServiceSeries(services, text);
  return text;
}

TEST(ServiceSeries, WhatIsNotKnownHasNoSeries) { EXPECT_EQ(Series({}), ""); }

TEST(ServiceSeries, AFamilyHasItsHelpAndTypeOnce) {
  AllServiceFigures services;
  for (const char* name : {"chat", "search"}) {
    services[{"shop", name}] = std::make_shared<const ServiceFigures>(ServiceFigures{.floor_replicas = 7});
  }
  std::string text;
  WriteServiceSeries(services, text);
  EXPECT_EQ(text,
            "# HELP deepseek_operator_floor_replicas The floor that was decided for a service in mode Active.\n"
            "# TYPE deepseek_operator_floor_replicas gauge\n"
            "deepseek_operator_floor_replicas{namespace=\"shop\",service=\"chat\"} 7\n"
            "deepseek_operator_floor_replicas{namespace=\"shop\",service=\"search\"} 7\n");
}

TEST(ServiceSeries, DemandAndCapacityCarryTheirUnit) {
  const ServiceFigures::Demand demand{.unit = "requests/s", .value = 12.5, .capacity_per_replica = 7.5};
  EXPECT_THAT(
      Series({.demand = demand}),
      AllOf(HasSubstr("deepseek_operator_demand{namespace=\"shop\",service=\"chat\",unit=\"requests/s\"} 12.5\n"),
            HasSubstr("deepseek_operator_capacity_per_replica{namespace=\"shop\",service=\"chat\",unit=\"requests/s\"} "
                      "7.5\n")));
}

TEST(ServiceSeries, AUnitMayHoldAnything) {
  const std::string series = Series({.demand = ServiceFigures::Demand{.unit = "a\"b\\c\nd", .value = 1}});
  EXPECT_THAT(series, HasSubstr(R"(unit="a\"b\\c\nd"} 1)"));
}

TEST(ServiceSeries, NumbersThatAreNoneAreStillValidText) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto demand = [](double value) {
    return Series({.demand = ServiceFigures::Demand{.unit = "a", .value = value}});
  };
  EXPECT_THAT(demand(std::numeric_limits<double>::quiet_NaN()), HasSubstr("} NaN\n"));
  EXPECT_THAT(demand(infinity), HasSubstr("} +Inf\n"));
  EXPECT_THAT(demand(-infinity), HasSubstr("} -Inf\n"));
}

TEST(ServiceSeries, TheForecastHasItsQuantileAndHowGoodItHasBeen) {
  ServiceFigures::Forecast forecast{.quantile = "0.95", .demand = 20, .expected = 14, .coverage_target_ratio = 0.95};
  EXPECT_THAT(
      Series({.forecast = forecast}),
      AllOf(HasSubstr("# TYPE deepseek_operator_forecast_demand untyped\n"),
            HasSubstr("deepseek_operator_forecast_demand{namespace=\"shop\",service=\"chat\",quantile=\"0.95\"} 20\n"),
            HasSubstr("deepseek_operator_forecast_expected_demand{namespace=\"shop\",service=\"chat\"} 14\n"),
            HasSubstr("deepseek_operator_forecast_coverage_target_ratio{namespace=\"shop\",service=\"chat\"} 0.95\n"),
            Not(HasSubstr("forecast_error_ratio")), Not(HasSubstr("forecast_coverage_ratio"))));
  forecast.error_ratio = 0.125;
  forecast.coverage_ratio = 0.91;
  EXPECT_THAT(
      Series({.forecast = forecast}),
      AllOf(HasSubstr("deepseek_operator_forecast_error_ratio{namespace=\"shop\",service=\"chat\"} 0.125\n"),
            HasSubstr("deepseek_operator_forecast_coverage_ratio{namespace=\"shop\",service=\"chat\"} 0.91\n")));
}

TEST(ServiceSeries, AConditionHasOneOfThreeStatuses) {
  EXPECT_THAT(
      Series({.conditions = {{"Ready", "false"}}}),
      AllOf(HasSubstr("condition{namespace=\"shop\",service=\"chat\",condition=\"Ready\",status=\"true\"} 0\n"),
            HasSubstr("condition{namespace=\"shop\",service=\"chat\",condition=\"Ready\",status=\"false\"} 1\n"),
            HasSubstr("condition{namespace=\"shop\",service=\"chat\",condition=\"Ready\",status=\"unknown\"} 0\n")));
}

TEST(ServiceSeries, PoolsAndBackendsAreByName) {
  ServiceFigures figures;
  figures.pools = {{.name = "orders-db", .backend = "mysql", .size = 8, .planned = 280, .granted = 480}};
  figures.backends["mysql"] = {.connections_used = 17, .connections_limit = std::nullopt};
  EXPECT_THAT(
      Series(figures),
      AllOf(
          HasSubstr("pool_size{namespace=\"shop\",service=\"chat\",pool=\"orders-db\",backend=\"mysql\"} 8\n"),
          HasSubstr(
              "pool_connections_planned{namespace=\"shop\",service=\"chat\",pool=\"orders-db\",backend=\"mysql\"} "
              "280\n"),
          HasSubstr("pool_connections_limit{namespace=\"shop\",service=\"chat\",pool=\"orders-db\",backend=\"mysql\"} "
                    "480\n"),
          HasSubstr("backend_connections_used{namespace=\"shop\",service=\"chat\",backend=\"mysql\"} 17\n"),
          Not(HasSubstr("backend_connections_limit"))));
}

TEST(ServiceSeries, TheScoreComparesWithAndWithout) {
  const ServiceFigures::Score score{.lost_demand_ratio_with = 0.001,
                                    .lost_demand_ratio_without = 0.01,
                                    .replica_seconds_with = 7200,
                                    .replica_seconds_without = 3600};
  EXPECT_THAT(Series({.score = score}),
              AllOf(HasSubstr("score_lost_demand_ratio{namespace=\"shop\",service=\"chat\",floor=\"with\"} 0.001\n"),
                    HasSubstr("score_lost_demand_ratio{namespace=\"shop\",service=\"chat\",floor=\"without\"} 0.01\n"),
                    HasSubstr("score_replica_seconds{namespace=\"shop\",service=\"chat\",floor=\"with\"} 7200\n"),
                    HasSubstr("score_replica_seconds{namespace=\"shop\",service=\"chat\",floor=\"without\"} 3600\n")));
}

}  // namespace
}  // namespace dso::telemetry
