#include "telemetry/endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dso::telemetry {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace std::chrono_literals;

class EndpointsTest : public testing::Test {
 protected:
  http::ServerResponse Get(std::string path) const { return handler_({"GET", std::move(path)}); }

  std::chrono::nanoseconds since_last_turn_ = 0ns;
  Metrics metrics_;
  Health health_{[this] { return since_last_turn_; }, {"caches"}};
  const http::ServerHandler handler_ = MakeEndpoints(metrics_, health_);
};

TEST_F(EndpointsTest, MetricsAreInPrometheusTextFormat) {
  metrics_.SetQueueDepth("deepseekservice", 3);
  const http::ServerResponse response = Get("/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("workqueue_depth{name=\"deepseekservice\"} 3\n"));
}

TEST_F(EndpointsTest, HealthzIs503WhenTheLoopIsStuck) {
  EXPECT_EQ(Get("/healthz").status, 200);
  since_last_turn_ = 31s;
  EXPECT_EQ(Get("/healthz").status, 503);
}

TEST_F(EndpointsTest, ReadyzIs503UntilTheChecksPass) {
  EXPECT_EQ(Get("/readyz").status, 503);
  EXPECT_THAT(Get("/readyz").body, HasSubstr("caches"));
  health_.SetReady("caches", true);
  EXPECT_EQ(Get("/readyz").status, 200);
}

TEST_F(EndpointsTest, AnyOtherPathIs404AndListsWhatThereIs) {
  for (const std::string path : {"/", "/metrics/", "/healthzz", "/admin"}) {
    const http::ServerResponse response = Get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_THAT(response.body, AllOf(HasSubstr("/metrics"), HasSubstr("/healthz"), HasSubstr("/readyz")));
  }
}

}  // namespace
}  // namespace dso::telemetry
