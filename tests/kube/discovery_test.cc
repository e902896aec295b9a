#include "kube/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

namespace dso::kube {
namespace {

using http::FakeReply;
using http::FakeTransport;
using http::Request;
using http::Respond;
using testing::HasSubstr;

constexpr const char* kApps = R"({"resources": [
  {"name": "deployments/scale", "kind": "Scale"},
  {"name": "deployments", "kind": "Deployment"},
  {"name": "deployments/status", "kind": "Deployment"},
  {"name": "daemonsets", "kind": "DaemonSet"},
  {"name": "daemonsets/status", "kind": "DaemonSet"}
]})";

class DiscoveryTest : public testing::Test {
 protected:
  Result<Discovery::Scalable> Resolve(std::string api_version, std::string kind) {
    return RunTask(loop_, discovery_.Resolve(std::move(api_version), std::move(kind)));
  }

  FakeLoop loop_;
  Result<FakeReply> apps_ = Respond(200, kApps);
  FakeTransport transport_{loop_, [this](const Request& request) -> Result<FakeReply> {
                             if (request.target == "/apis/apps/v1") return apps_;
                             if (request.target == "/api/v1") {
                               return Respond(200, R"({"resources": [{"name": "pods", "kind": "Pod"}]})");
                             }
                             return Respond(404, R"({"code": 404, "reason": "NotFound", "message": "no such path"})");
                           }};
  Client client_{transport_};
  Discovery discovery_{loop_, client_};
};

TEST_F(DiscoveryTest, FindsTheResourceOfAKind) {
  const auto deployment = Resolve("apps/v1", "Deployment");
  ASSERT_TRUE(deployment.ok());
  EXPECT_EQ(deployment->type, kDeployments);
  EXPECT_TRUE(deployment->has_scale);
}

TEST_F(DiscoveryTest, KnowsWhatCannotBeScaled) { EXPECT_FALSE(Resolve("apps/v1", "DaemonSet")->has_scale); }

TEST_F(DiscoveryTest, FindsTheKindsOfTheCoreGroup) {
  EXPECT_EQ(Resolve("v1", "Pod")->type, (ResourceType{"", "v1", "pods", "Pod"}));
}

TEST_F(DiscoveryTest, SaysWhatTheServerDoesNotHave) {
  EXPECT_EQ(Resolve("apps/v1", "Deploymint").error().code, ErrorCode::kNotFound);
  EXPECT_THAT(Resolve("apps/v1", "Deploymint").error().message, HasSubstr("apps/v1 has no kind Deploymint"));
  EXPECT_EQ(Resolve("example.com/v1", "Thing").error().code, ErrorCode::kNotFound);
}

TEST_F(DiscoveryTest, RemembersAnAnswerForFiveMinutes) {
  Resolve("apps/v1", "Deployment").ok();
  Resolve("apps/v1", "Deployment").ok();
  EXPECT_EQ(transport_.requests().size(), 1u);
  loop_.Advance(std::chrono::minutes(5));
  EXPECT_TRUE(Resolve("apps/v1", "Deployment").ok());
  EXPECT_EQ(transport_.requests().size(), 2u);
}

TEST_F(DiscoveryTest, AsksAgainForWhatWasMissing) {
  EXPECT_FALSE(Resolve("apps/v1", "StatefulSet").ok());
  apps_ = Respond(200, R"({"resources": [{"name": "statefulsets", "kind": "StatefulSet"}]})");
  EXPECT_TRUE(Resolve("apps/v1", "StatefulSet").ok());
}

TEST_F(DiscoveryTest, AServerThatIsAwayIsNoMissingKind) {
  apps_ = Error{ErrorCode::kUnavailable, "connection refused"};
  EXPECT_EQ(Resolve("apps/v1", "Deployment").error().code, ErrorCode::kUnavailable);
}

TEST_F(DiscoveryTest, AStrangeAnswerHasNoKinds) {
  for (const char* body : {"{}", R"({"resources": 1})", R"({"resources": [1, null, {"name": 2}]})"}) {
    apps_ = Respond(200, body);
    EXPECT_EQ(Resolve("apps/v1", "Deployment").error().code, ErrorCode::kNotFound) << body;
  }
}

}  // namespace
}  // namespace dso::kube
