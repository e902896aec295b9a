// The services of some namespaces only.
#include <gmock/gmock.h>

#include "tests/controller/controller_fixture.h"

namespace dso::controller {
namespace {

using kube::Json;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

class WatchNamespacesTest : public test::ControllerTest {
 protected:
  WatchNamespacesTest() { options_.namespaces = {"prod", "test"}; }

  static std::string InNamespace(std::string path, const std::string& ns) {
    return path.replace(path.find("/prod/") + 1, 4, ns);
  }
  void PutChat(const std::string& ns) {
    Json chat = Chat();
    chat["metadata"]["namespace"] = ns;
    chat["metadata"]["uid"] = "u-chat-" + ns;
    server_.Put(InNamespace(test::kServicePath, ns), chat);
  }
  bool HasAutoscaler(const std::string& ns) const {
    return server_.objects.contains(InNamespace(test::kAutoscalerPath, ns));
  }
  // As an API server does where there is no Role.
  void Forbid(const std::string& part_of_path) {
    server_.fault = [part_of_path](const http::Request& request) -> std::optional<http::FakeReply> {
      if (request.target.find(part_of_path) == std::string::npos) return std::nullopt;
      return http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "no right"})");
    };
  }
  std::string Readiness() const { return health_.Readiness().text; }
};

TEST_F(WatchNamespacesTest, LooksAfterTheirServicesAndNoOthers) {
  for (const char* ns : {"prod", "test", "other"}) PutChat(ns);
  Start();
  EXPECT_TRUE(HasAutoscaler("prod"));
  EXPECT_TRUE(HasAutoscaler("test"));
  EXPECT_FALSE(HasAutoscaler("other"));
  EXPECT_THAT(server_.writes, Each(Not(HasSubstr("/other/"))));
  EXPECT_TRUE(health_.Readiness().ok) << Readiness();
}

TEST_F(WatchNamespacesTest, FollowsWhatHappensInEach) {
  Start();
  PutChat("test");
  loop_.Advance(std::chrono::seconds(1));
  EXPECT_TRUE(HasAutoscaler("test"));
  server_.Remove(InNamespace(test::kAutoscalerPath, "test"));
  loop_.Advance(std::chrono::seconds(1));
  EXPECT_TRUE(HasAutoscaler("test")) << "made again";
}

TEST_F(WatchNamespacesTest, AsksForNothingThatNeedsARightOfTheWholeCluster) {
  for (const char* ns : {"prod", "test"}) PutChat(ns);
  Start();
  for (const http::Request& request : server_.transport.requests()) {
    const bool in_namespace = request.target.find("/namespaces/prod/") != std::string::npos ||
                              request.target.find("/namespaces/test/") != std::string::npos;
    EXPECT_TRUE(in_namespace) << request.target;
  }
}

TEST_F(WatchNamespacesTest, ANamespaceThatCannotBeReadKeepsNoOtherFromItsFloor) {
  for (const char* ns : {"prod", "test"}) PutChat(ns);
  Forbid("/namespaces/prod/");
  Start();
  EXPECT_TRUE(HasAutoscaler("test"));
  EXPECT_FALSE(health_.Readiness().ok);
  EXPECT_THAT(Readiness(), HasSubstr("namespace prod"));
  server_.fault = nullptr;
  loop_.Advance(std::chrono::minutes(1));
  EXPECT_TRUE(HasAutoscaler("prod"));
  EXPECT_TRUE(health_.Readiness().ok) << Readiness();
}

TEST_F(WatchNamespacesTest, NothingIsDecidedOnHalfANamespace) {
  for (const char* ns : {"prod", "test"}) PutChat(ns);
  Forbid("/namespaces/prod/pods");
  AddPrometheus();
  Start(std::chrono::minutes(5));
  EXPECT_THAT(server_.writes, Contains(HasSubstr("/namespaces/test/")));
  EXPECT_THAT(server_.writes, Each(Not(HasSubstr("/namespaces/prod/"))));
  server_.fault = nullptr;
  loop_.Advance(std::chrono::minutes(1));
  EXPECT_TRUE(HasAutoscaler("prod"));
}

TEST_F(WatchNamespacesTest, StopsBeforeAnyNamespaceWasRead) {
  Forbid("/namespaces/");
  Start();
  EXPECT_FALSE(health_.Readiness().ok);
  // TearDown: it ends.
}

}  // namespace
}  // namespace dso::controller
