#include "controller/stop_deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/tiny_api_server.h"
#include "tests/support/fake_loop.h"

namespace dso::controller {
namespace {

using kube::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const kube::ObjectKey kOperator{"system", "operator"};
constexpr seconds kTimeout{60};

class StopDeploymentTest : public testing::Test {
 protected:
  void PutDeployment() {
    server_.Put(kube::PathOf(kube::kDeployments, kOperator),
                {{"spec", {{"replicas", 2}}}, {"status", {{"selector", "app=operator"}}}});
  }
  static std::string PodPath(const char* name) { return kube::PathOf(kube::kPods, {"system", name}); }
  void PutPod(const char* name, const char* phase = "Running") {
    server_.Put(PodPath(name),
                {{"metadata", {{"namespace", "system"}, {"name", name}}}, {"status", {{"phase", phase}}}});
  }
  Status Stop() { return RunTask(loop_, StopDeployment(loop_, client_, kOperator, kTimeout)); }

  FakeLoop loop_;
  test::TinyApiServer server_{loop_};
  kube::Client client_{server_.transport};
};

TEST_F(StopDeploymentTest, ScalesToZero) {
  PutDeployment();
  EXPECT_TRUE(Stop().ok());
  EXPECT_EQ(server_.objects.at(kube::PathOf(kube::kDeployments, kOperator))["spec"]["replicas"], 0);
  EXPECT_THAT(server_.writes, ElementsAre("PATCH /apis/apps/v1/namespaces/system/deployments/operator/scale"));
}

TEST_F(StopDeploymentTest, WaitsForTheLastPod) {
  PutDeployment();
  PutPod("a");
  PutPod("b");
  loop_.RunAfter(seconds(5), [this] { server_.Remove(PodPath("a")); });
  loop_.RunAfter(seconds(9), [this] { server_.Remove(PodPath("b")); });
  const SteadyTime before = loop_.Now();
  EXPECT_TRUE(Stop().ok());
  EXPECT_GE(loop_.Now() - before, seconds(9));
}

TEST_F(StopDeploymentTest, AsksForItsOwnPodsOnly) {
  PutDeployment();
  std::string asked;
  server_.fault = [&asked](const http::Request& request) -> std::optional<http::FakeReply> {
    if (request.target.find("/pods?") != std::string::npos) asked = request.target;
    return std::nullopt;
  };
  EXPECT_TRUE(Stop().ok());
  EXPECT_THAT(asked, HasSubstr("labelSelector=app%3Doperator"));
}

TEST_F(StopDeploymentTest, PodsThatHaveEndedDoNotHoldItUp) {
  PutDeployment();
  PutPod("evicted", "Failed");
  PutPod("done", "Succeeded");
  EXPECT_TRUE(Stop().ok());
}

TEST_F(StopDeploymentTest, AfterTheTimeoutItNamesWhatStillRuns) {
  PutDeployment();
  PutPod("stuck");
  const Status stopped = Stop();
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_THAT(stopped.error().message, testing::AllOf(HasSubstr("1m"), HasSubstr("stuck")));
}

TEST_F(StopDeploymentTest, ADeploymentThatIsNotThereHasStopped) {
  EXPECT_TRUE(Stop().ok());
  EXPECT_THAT(server_.objects, IsEmpty());
}

TEST_F(StopDeploymentTest, ARefusalIsSaid) {
  PutDeployment();
  server_.refusals.emplace("PATCH " + kube::PathOf(kube::kDeployments, kOperator, "scale"),
                           http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "no right"})"));
  const Status stopped = Stop();
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(stopped.error().message, HasSubstr("no right"));
}

TEST_F(StopDeploymentTest, NeverWaitsForThePodsOfOthers) {
  server_.Put(kube::PathOf(kube::kDeployments, kOperator), {{"spec", {{"replicas", 2}}}});
  PutPod("theirs");
  const SteadyTime before = loop_.Now();
  EXPECT_EQ(Stop().error().code, ErrorCode::kInternal);
  EXPECT_EQ(loop_.Now(), before);
}

}  // namespace
}  // namespace dso::controller
