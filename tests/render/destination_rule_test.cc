#include "render/destination_rule.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/api/service_json.h"

namespace dso::render {
namespace {

api::DeepSeekService FullService() {
  auto service = api::FromJson(api::test::ServiceWithSpec(api::test::FullSpec()));
  EXPECT_TRUE(service.ok() && service->spec.ok());
  return *std::move(service);
}

std::string FileText(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// tests/integration/test_destination_rule.py has the API server judge the same file by Istio's own schema.
TEST(DestinationRule, IsWhatIstioHasAccepted) {
  EXPECT_EQ(DestinationRule(FullService(), 1600).dump(2) + "\n",
            FileText(DSO_SOURCE_DIR "/tests/render/golden/destination_rule.json"));
}

TEST(DestinationRule, WithoutACapacityLimitsNothing) {
  const Json limited = DestinationRule(FullService(), 7);
  Json unlimited = DestinationRule(FullService(), std::nullopt);
  EXPECT_FALSE(unlimited["spec"]["trafficPolicy"].contains("connectionPool"));
  unlimited["spec"]["trafficPolicy"]["connectionPool"] = Json::parse(R"({
    "tcp": {"maxConnections": 7}, "http": {"http2MaxRequests": 7, "http1MaxPendingRequests": 7}
  })");
  EXPECT_EQ(unlimited, limited);
}

}  // namespace
}  // namespace dso::render
