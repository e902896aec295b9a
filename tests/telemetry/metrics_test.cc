#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
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

TEST(MetricsTest, TellsItsVersion) {
  Metrics metrics;
  metrics.SetVersion("1.2.3");
  EXPECT_THAT(metrics.Serialize(), HasSubstr("deepseek_operator_build_info{version=\"1.2.3\"} 1\n"));
}

double Value(const std::string& name) {
  const std::string text = Metrics().Serialize();
  const size_t at = text.find("\n" + name + " ");
  return at == text.npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

TEST(MetricsTest, TellsOfItsProcess) {
  EXPECT_GT(Value("process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(Value("process_virtual_memory_bytes"), Value("process_resident_memory_bytes"));
  EXPECT_GE(Value("process_open_fds"), 3);
  EXPECT_GE(Value("process_max_fds"), Value("process_open_fds"));
  const double now = static_cast<double>(std::time(nullptr));
  EXPECT_LE(Value("process_start_time_seconds"), now + 1);
  EXPECT_GT(Value("process_start_time_seconds"), now - 3600);
}

TEST(MetricsTest, CpuTimeGrowsWithWork) {
  const double before = Value("process_cpu_seconds_total");
  ASSERT_GE(before, 0);
  const std::clock_t began = std::clock();
  while (std::clock() - began < CLOCKS_PER_SEC / 10) {
  }
  const double spent = Value("process_cpu_seconds_total") - before;
  EXPECT_GE(spent, 0.08);  // in ticks of 10 ms
  EXPECT_LE(spent, 10);
}

class ServiceMetricsTest : public testing::Test {
 protected:
  Metrics metrics_;
};

TEST_F(ServiceMetricsTest, ARemovedServiceLeavesNoSeriesAndTheOthersStay) {
  metrics_.SetService("shop", "chat", {.floor_replicas = 7, .conditions = {{"Ready", "true"}}});
  metrics_.SetService("lab", "chat", {.floor_replicas = 7});
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

TEST_F(ServiceMetricsTest, IsReadOnOneThreadWhileAnotherWrites) {
  metrics_.SetService("lab", "chat", {.floor_replicas = 2});
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) EXPECT_THAT(metrics_.Serialize(), HasSubstr("namespace=\"lab\""));
  });
  for (int i = 0; i < 300; ++i) {
    metrics_.SetService("shop", "chat", {.floor_replicas = i, .conditions = {{"Ready", "true"}}});
    metrics_.ObserveReconcile("deepseekservice", ReconcileResult::kSuccess, 1ms);
    if (i % 10 == 0) metrics_.RemoveService("shop", "chat");
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace dso::telemetry
