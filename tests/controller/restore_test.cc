#include "controller/restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "controller/adoptable.h"
#include "controller/claim.h"
#include "tests/controller/tiny_api_server.h"
#include "tests/support/fake_loop.h"

namespace dso::controller {
namespace {

using kube::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = api::AdoptedAutoscaler::Kind;

class RestoreTest : public testing::Test {
 protected:
  static std::string PathOf(const char* kind, const char* ns, const char* name) {
    if (std::string(kind) == "hpa") return kube::PathOf(kube::kHorizontalPodAutoscalers, {ns, name});
    if (std::string(kind) == "so") return kube::PathOf(kube::kScaledObjects, {ns, name});
    return kube::PathOf(kube::kDeepSeekServices, {ns, name});
  }
  // An HPA with a minimum of 8 that was 3 before "chat" adopted it, and that service.
  void PutHeld(const char* ns = "prod", const char* policy = "Delete") {
    server_.Put(PathOf("hpa", ns, "theirs"), Held(ns, "minReplicas"));
    Json service{{"metadata", {{"namespace", ns}, {"name", "chat"}, {"uid", "u-chat"}}}};
    service["metadata"]["finalizers"] = {kFinalizer};
    service["metadata"]["annotations"][kHoldsAnnotation] = "HorizontalPodAutoscaler/theirs";
    service["spec"] = Json::parse(R"({"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "engine"},
      "autoscaling": {"hpaRef": {"name": "theirs"}}, "replicas": {"max": 9}})");
    service["spec"]["deletionPolicy"] = policy;
    server_.Put(PathOf("dss", ns, "chat"), service);
  }
  static Json Held(const char* ns, const char* field) {
    Json object{{"metadata", {{"namespace", ns}, {"name", "theirs"}}}, {"spec", {{field, 8}, {"maxReplicas", 20}}}};
    object["metadata"]["annotations"] = {
        {kAdoptedByAnnotation, "chat"}, {kOriginalAnnotation, "3"}, {kFloorAnnotation, "8"}};
    return object;
  }
  RestoreReport Restore(std::vector<std::string> namespaces = {}) {
    Result<RestoreReport> report = RunTask(loop_, RestoreAll(loop_, client_, std::move(namespaces)));
    EXPECT_TRUE(report.ok()) << report.error().message;
    return *std::move(report);
  }
  Json Minimum(const char* ns = "prod") {
    return server_.objects.at(PathOf("hpa", ns, "theirs"))["spec"]["minReplicas"];
  }

  FakeLoop loop_;
  test::TinyApiServer server_{loop_};
  kube::Client client_{server_.transport};
};

TEST_F(RestoreTest, GivesEveryMinimumBack) {
  PutHeld();
  const RestoreReport report = Restore();
  EXPECT_EQ(Minimum(), 3);
  EXPECT_THAT(report.done, ElementsAre(HasSubstr("HorizontalPodAutoscaler prod/theirs: minimum 3 (was 8)"),
                                       HasSubstr("DeepSeekService prod/chat")));
  EXPECT_THAT(report.failed, IsEmpty());
  EXPECT_EQ(server_.objects.at(PathOf("dss", "prod", "chat"))["metadata"]["finalizers"], Json::array());
}

TEST_F(RestoreTest, ASecondTimeThereIsNothingToDo) {
  PutHeld();
  Restore();
  server_.writes.clear();
  EXPECT_THAT(Restore().done, IsEmpty());
  EXPECT_THAT(server_.writes, IsEmpty());
}

TEST_F(RestoreTest, TouchesNothingThatIsNotHeld) {
  Json free = Held("prod", "minReplicas");
  free["metadata"].erase("annotations");
  server_.Put(PathOf("hpa", "prod", "theirs"), free);
  EXPECT_THAT(Restore().done, IsEmpty());
  EXPECT_THAT(server_.writes, IsEmpty());
}

TEST_F(RestoreTest, TheServicesOwnAutoscalersGetTheDeclaredMinimum) {
  const auto put = [this](const char* name, const char* owner, int minimum, int maximum) {
    Json object{{"metadata", {{"namespace", "prod"}, {"name", name}}},
                {"spec", {{"minReplicas", minimum}, {"maxReplicas", maximum}}}};
    object["metadata"]["ownerReferences"] = {
        {{"kind", "DeepSeekService"}, {"name", "chat"}, {"uid", owner}, {"controller", true}}};
    server_.Put(PathOf("hpa", "prod", name), object);
  };
  Json service{{"metadata", {{"namespace", "prod"}, {"name", "chat"}, {"uid", "u-chat"}}}};
  service["spec"] = Json::parse(R"({"template": {"spec": {"containers": [{"name": "server", "image": "v1"}]}},
    "replicas": {"min": 4, "max": 20}})");
  server_.Put(PathOf("dss", "prod", "chat"), service);
  put("chat", "u-chat", 9, 20);
  put("limited", "u-chat", 3, 2);
  put("low", "u-chat", 4, 20);
  put("theirs", "u-other", 9, 20);
  const RestoreReport report = Restore();
  EXPECT_THAT(report.failed, IsEmpty());
  EXPECT_THAT(report.done,
              ElementsAre(HasSubstr("prod/chat: minimum 4 (was 9)"), HasSubstr("prod/limited: minimum 2 (was 3)")));
  for (const auto& [name, minimum] :
       std::map<const char*, int>{{"chat", 4}, {"limited", 2}, {"low", 4}, {"theirs", 9}}) {
    EXPECT_EQ(server_.objects.at(PathOf("hpa", "prod", name))["spec"]["minReplicas"], minimum) << name;
  }
  server_.writes.clear();
  EXPECT_THAT(Restore().done, IsEmpty());
  EXPECT_THAT(server_.writes, IsEmpty());
}

TEST_F(RestoreTest, ScaledObjectsToo) {
  server_.Put("/apis/keda.sh/v1alpha1",
              Json::parse(R"({"resources": [{"name": "scaledobjects", "kind": "ScaledObject"}]})"));
  server_.Put(PathOf("so", "prod", "theirs"), Held("prod", "minReplicaCount"));
  EXPECT_THAT(Restore().done, ElementsAre(HasSubstr("ScaledObject prod/theirs")));
  EXPECT_EQ(server_.objects.at(PathOf("so", "prod", "theirs"))["spec"]["minReplicaCount"], 3);
}

TEST_F(RestoreTest, WhatCannotBeRestoredIsSaidAndTheRestIsDone) {
  PutHeld("prod");
  PutHeld("test");
  server_.refusals.emplace("PATCH " + PathOf("hpa", "prod", "theirs"),
                           http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "no right"})"));
  const RestoreReport report = Restore();
  EXPECT_THAT(report.failed, ElementsAre(testing::AllOf(HasSubstr("prod/theirs"), HasSubstr("no right"))));
  EXPECT_EQ(Minimum("prod"), 8);
  EXPECT_EQ(Minimum("test"), 3);
  EXPECT_THAT(server_.objects.at(PathOf("dss", "prod", "chat"))["metadata"]["finalizers"], SizeIs(1))
      << "the service still holds it";
}

TEST_F(RestoreTest, AServiceThatRetainsKeepsItsFinalizer) {
  PutHeld("prod", "Retain");
  EXPECT_THAT(Restore().done, testing::Contains(HasSubstr("keeps its finalizer")));
  const Json metadata = server_.objects.at(PathOf("dss", "prod", "chat"))["metadata"];
  EXPECT_THAT(metadata["finalizers"], SizeIs(1));
  EXPECT_FALSE(metadata["annotations"].contains(kHoldsAnnotation));
}

TEST_F(RestoreTest, OfSomeNamespacesLeavesTheOthersAlone) {
  for (const char* ns : {"prod", "test", "other"}) PutHeld(ns);
  EXPECT_THAT(Restore({"prod", "test"}).failed, IsEmpty());
  EXPECT_EQ(Minimum("prod"), 3);
  EXPECT_EQ(Minimum("test"), 3);
  EXPECT_EQ(Minimum("other"), 8);
  for (const http::Request& request : server_.transport.requests()) {
    const bool is_discovery = request.target == "/apis/keda.sh/v1alpha1";
    EXPECT_TRUE(is_discovery || request.target.find("/namespaces/prod/") != std::string::npos ||
                request.target.find("/namespaces/test/") != std::string::npos)
        << request.target << " needs a right of the whole cluster";
  }
}

TEST_F(RestoreTest, ANamespaceThatCannotBeReadKeepsNoOtherFromBeingRestored) {
  PutHeld("prod");
  PutHeld("test");
  server_.fault = [](const http::Request& request) -> std::optional<http::FakeReply> {
    if (request.target.find("/namespaces/prod/") == std::string::npos) return std::nullopt;
    return http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "no right"})");
  };
  const RestoreReport report = Restore({"prod", "test"});
  EXPECT_THAT(report.failed, ElementsAre(testing::AllOf(HasSubstr("/namespaces/prod/"), HasSubstr("no right"))));
  EXPECT_EQ(Minimum("test"), 3);
  EXPECT_THAT(server_.objects.at(PathOf("dss", "test", "chat"))["metadata"]["finalizers"], IsEmpty());
  const auto nothing = RunTask(loop_, RestoreAll(loop_, client_, {"prod"}));
  EXPECT_EQ(nothing.error().code, ErrorCode::kPermissionDenied);
}

TEST_F(RestoreTest, AListThatIsForbiddenIsAnError) {
  server_.transport.set_handler([](const http::Request&) -> Result<http::FakeReply> {
    return http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "no right"})");
  });
  const auto report = RunTask(loop_, RestoreAll(loop_, client_, {}));
  EXPECT_EQ(report.error().code, ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace dso::controller
