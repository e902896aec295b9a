#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>

namespace dso::telemetry {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

TEST(MetricsTest, CountsReconciliationsAsControllerRuntimeDoes) {
  Metrics metrics;
  metrics.ObserveReconcile("deepseekservice", ReconcileResult::kSuccess, 20ms);
  metrics.ObserveReconcile("deepseekservice", ReconcileResult::kRequeueAfter, 700ms);
  metrics.ObserveReconcile("deepseekservice", ReconcileResult::kError, 2min);
  EXPECT_THAT(
      metrics.Serialize(),
      AllOf(
          HasSubstr("# TYPE controller_runtime_reconcile_total counter"),
          HasSubstr("controller_runtime_reconcile_total{controller=\"deepseekservice\",result=\"success\"} 1\n"),
          HasSubstr("controller_runtime_reconcile_total{controller=\"deepseekservice\",result=\"requeue_after\"} 1\n"),
          HasSubstr("controller_runtime_reconcile_total{controller=\"deepseekservice\",result=\"error\"} 1\n"),
          HasSubstr("controller_runtime_reconcile_errors_total{controller=\"deepseekservice\"} 1\n"),
          HasSubstr("# TYPE controller_runtime_reconcile_time_seconds histogram"),
          HasSubstr("controller_runtime_reconcile_time_seconds_count{controller=\"deepseekservice\"} 3\n"),
          HasSubstr("controller_runtime_reconcile_time_seconds_bucket{controller=\"deepseekservice\",le=\"0.7\"} 2\n"),
          HasSubstr("controller_runtime_reconcile_time_seconds_bucket{controller=\"deepseekservice\",le=\"60\"} 2\n"),
          HasSubstr("le=\"+Inf\"} 3\n")));
}

TEST(MetricsTest, ErrorsStartFromAZeroThatRateCanSee) {
  Metrics metrics;
  metrics.ObserveReconcile("deepseekservice", ReconcileResult::kSuccess, 20ms);
  EXPECT_THAT(metrics.Serialize(),
              HasSubstr("controller_runtime_reconcile_errors_total{controller=\"deepseekservice\"} 0\n"));
}

TEST(MetricsTest, ShowsTheWorkQueue) {
  Metrics metrics;
  metrics.CountQueueAdd("deepseekservice");
  metrics.CountQueueAdd("deepseekservice");
  metrics.SetQueueDepth("deepseekservice", 2);
  metrics.SetQueueDepth("deepseekservice", 1);
  metrics.ObserveQueueWait("deepseekservice", 50us);
  EXPECT_THAT(metrics.Serialize(),
              AllOf(HasSubstr("workqueue_adds_total{name=\"deepseekservice\"} 2\n"),
                    HasSubstr("workqueue_depth{name=\"deepseekservice\"} 1\n"),
                    HasSubstr("workqueue_queue_duration_seconds_count{name=\"deepseekservice\"} 1\n"),
                    HasSubstr("workqueue_queue_duration_seconds_bucket{name=\"deepseekservice\",le=\"1e-05\"} 0\n"),
                    HasSubstr("workqueue_queue_duration_seconds_bucket{name=\"deepseekservice\",le=\"0.0001\"} 1\n")));
}

TEST(MetricsTest, CountsRequestsAsClientGoDoes) {
  Metrics metrics;
  metrics.CountApiRequest("10.0.0.1:443", "GET", 200);
  metrics.CountApiRequest("10.0.0.1:443", "PATCH", 409);
  metrics.CountApiRequest("10.0.0.1:443", "GET", std::nullopt);
  EXPECT_THAT(
      metrics.Serialize(),
      AllOf(HasSubstr("rest_client_requests_total{code=\"200\",host=\"10.0.0.1:443\",method=\"GET\"} 1\n"),
            HasSubstr("rest_client_requests_total{code=\"409\",host=\"10.0.0.1:443\",method=\"PATCH\"} 1\n"),
            HasSubstr("rest_client_requests_total{code=\"<error>\",host=\"10.0.0.1:443\",method=\"GET\"} 1\n")));
}

TEST(MetricsTest, CountsPrometheusQueries) {
  Metrics metrics;
  metrics.CountPrometheusQuery("default", "Success");
  metrics.CountPrometheusQuery("default", "Timeout");
  EXPECT_THAT(
      metrics.Serialize(),
      AllOf(HasSubstr("deepseek_operator_prometheus_queries_total{result=\"Success\",server=\"default\"} 1\n"),
            HasSubstr("deepseek_operator_prometheus_queries_total{result=\"Timeout\",server=\"default\"} 1\n")));
}

class ServiceMetricsTest : public testing::Test {
 protected:
  Metrics metrics_;
};

TEST_F(ServiceMetricsTest, ShowsWhatIsKnown) {
  metrics_.SetService("shop", "chat",
                      {.floor_replicas = 7,
                       .demand = ServiceFigures::Demand{"requests_per_second", 12.5},
                       .forecasts = {{"0.5", 14}, {"0.95", 20}}});
  EXPECT_THAT(
      metrics_.Serialize(),
      AllOf(
          HasSubstr("deepseek_operator_floor_replicas{namespace=\"shop\",service=\"chat\"} 7\n"),
          HasSubstr(
              "deepseek_operator_demand{namespace=\"shop\",service=\"chat\",unit=\"requests_per_second\"} 12.5\n"),
          HasSubstr("deepseek_operator_forecast_demand{namespace=\"shop\",quantile=\"0.5\",service=\"chat\"} 14\n"),
          HasSubstr("deepseek_operator_forecast_demand{namespace=\"shop\",quantile=\"0.95\",service=\"chat\"} 20\n")));
}

TEST_F(ServiceMetricsTest, WhatIsNoLongerKnownLeavesAGap) {
  metrics_.SetService("shop", "chat",
                      {.floor_replicas = 7, .demand = ServiceFigures::Demand{"tokens_per_second", 900}});
  metrics_.SetService("shop", "chat", {.floor_replicas = 8});
  EXPECT_THAT(metrics_.Serialize(),
              AllOf(HasSubstr("deepseek_operator_floor_replicas{namespace=\"shop\",service=\"chat\"} 8\n"),
                    Not(HasSubstr("deepseek_operator_demand{"))));
}

TEST_F(ServiceMetricsTest, AChangeOfUnitOrQuantileReplacesTheSeries) {
  metrics_.SetService("shop", "chat", {.demand = ServiceFigures::Demand{"a", 1}, .forecasts = {{"0.9", 1}}});
  metrics_.SetService("shop", "chat", {.demand = ServiceFigures::Demand{"b", 2}, .forecasts = {{"0.95", 2}}});
  EXPECT_THAT(metrics_.Serialize(), AllOf(HasSubstr("unit=\"b\""), Not(HasSubstr("unit=\"a\"")),
                                          HasSubstr("quantile=\"0.95\""), Not(HasSubstr("quantile=\"0.9\""))));
}

TEST_F(ServiceMetricsTest, ARemovedServiceLeavesNoSeriesAndTheOthersStay) {
  const ServiceFigures figures{
      .floor_replicas = 7, .demand = ServiceFigures::Demand{"a", 1}, .forecasts = {{"0.95", 20}}};
  metrics_.SetService("shop", "chat", figures);
  metrics_.SetService("lab", "chat", figures);
  metrics_.RemoveService("shop", "chat");
  EXPECT_THAT(metrics_.Serialize(), AllOf(Not(HasSubstr("namespace=\"shop\"")), HasSubstr("namespace=\"lab\"")));
}

TEST_F(ServiceMetricsTest, RemovingAnUnknownServiceDoesNothing) {
  metrics_.RemoveService("shop", "chat");
  EXPECT_THAT(metrics_.Serialize(), Not(HasSubstr("shop")));
}

TEST_F(ServiceMetricsTest, AServiceMayComeBack) {
  metrics_.SetService("shop", "chat", {.floor_replicas = 7});
  metrics_.RemoveService("shop", "chat");
  metrics_.SetService("shop", "chat", {.floor_replicas = 3});
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("{namespace=\"shop\",service=\"chat\"} 3\n"));
}

TEST_F(ServiceMetricsTest, NumbersThatAreNoneAreStillValidText) {
  metrics_.SetService("shop", "chat",
                      {.demand = ServiceFigures::Demand{"a", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("unit=\"a\"} Nan\n"));
}

TEST_F(ServiceMetricsTest, IsReadOnOneThreadWhileAnotherWrites) {
  metrics_.SetService("lab", "chat", {.floor_replicas = 2});
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) EXPECT_THAT(metrics_.Serialize(), HasSubstr("namespace=\"lab\""));
  });
  for (int i = 0; i < 300; ++i) {
    metrics_.SetService("shop", "chat", {.floor_replicas = i, .demand = ServiceFigures::Demand{std::to_string(i), 1}});
    metrics_.ObserveReconcile("deepseekservice", ReconcileResult::kSuccess, 1ms);
    if (i % 10 == 0) metrics_.RemoveService("shop", "chat");
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace dso::telemetry
