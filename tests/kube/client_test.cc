#include "kube/client.h"

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
using testing::Not;
using testing::StartsWith;

const ObjectKey kChat{"prod", "chat"};
constexpr const char* kDeploymentPath = "/apis/apps/v1/namespaces/prod/deployments/chat";

class ClientTest : public testing::Test {
 protected:
  template <typename T>
  T Run(Task<T> task) {
    return RunTask(loop_, std::move(task));
  }
  const Request& Sent() const { return transport_.requests().back(); }
  Json SentBody() const { return Json::parse(Sent().body); }
  static Json Chat() { return {{"metadata", {{"namespace", "prod"}, {"name", "chat"}}}, {"spec", {{"a", 1}}}}; }
  Result<ListPage> List(std::string ns, std::string selector, std::string continue_token) {
    return Run(client_.List(kDeployments, {std::move(ns), std::move(selector), {}}, std::move(continue_token), {}));
  }
  Result<std::unique_ptr<WatchStream>> Watch() {
    return Run(client_.Watch(kDeployments, {"prod", "a=b", {}}, "41", seconds(300), {}));
  }

  FakeLoop loop_;
  Result<FakeReply> reply_ = Respond(200, "{}");
  FakeTransport transport_{loop_, [this](const Request&) { return reply_; }};
  Client client_{transport_};
};

TEST_F(ClientTest, GetsAnObjectAndItsSubresource) {
  reply_ = Respond(200, R"({"spec": {"replicas": 3}})");
  const Result<Json> object = Run(client_.Get(kDeployments, kChat));
  ASSERT_TRUE(object.ok());
  EXPECT_EQ((*object)["spec"]["replicas"], 3);
  EXPECT_EQ(Sent().method, "GET");
  EXPECT_EQ(Sent().target, kDeploymentPath);
  EXPECT_EQ(Sent().headers.at("Accept"), "application/json");
  EXPECT_TRUE(Run(client_.Get(kDeployments, kChat, "scale")).ok());
  EXPECT_EQ(Sent().target, std::string(kDeploymentPath) + "/scale");
}

TEST_F(ClientTest, AppliesWithForceAsOurFieldManager) {
  const Result<Applied> applied = Run(client_.Apply(kDeployments, Chat()));
  ASSERT_TRUE(applied.ok());
  EXPECT_FALSE(applied->created);
  EXPECT_EQ(Sent().method, "PATCH");
  EXPECT_EQ(Sent().target, std::string(kDeploymentPath) + "?fieldManager=deepseek-operator&force=true");
  EXPECT_EQ(Sent().headers.at("Content-Type"), "application/apply-patch+yaml");
  EXPECT_EQ(SentBody(), Json::parse(R"({
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "prod", "name": "chat"}, "spec": {"a": 1}
  })"));
}

TEST_F(ClientTest, SaysWhetherAnApplyHasCreated) {
  reply_ = Respond(201, "{}");
  EXPECT_TRUE(Run(client_.Apply(kDeployments, Chat()))->created);
}

TEST_F(ClientTest, AppliesToASubresource) {
  EXPECT_TRUE(Run(client_.Apply(kDeployments, Chat(), "status")).ok());
  EXPECT_THAT(Sent().target, StartsWith(std::string(kDeploymentPath) + "/status?"));
}

TEST_F(ClientTest, SendsAMergePatch) {
  Json patch{{"spec", {{"replicas", 4}}}};
  EXPECT_TRUE(Run(client_.MergePatch(kDeployments, kChat, patch, "scale")).ok());
  EXPECT_EQ(Sent().method, "PATCH");
  EXPECT_EQ(Sent().target, std::string(kDeploymentPath) + "/scale?fieldManager=deepseek-operator");
  EXPECT_EQ(Sent().headers.at("Content-Type"), "application/merge-patch+json");
  EXPECT_EQ(SentBody(), patch);
}

TEST_F(ClientTest, CreatesInTheCollection) {
  EXPECT_TRUE(Run(client_.Create(kDeployments, Chat())).ok());
  EXPECT_EQ(Sent().method, "POST");
  EXPECT_EQ(Sent().target, "/apis/apps/v1/namespaces/prod/deployments?fieldManager=deepseek-operator");
  EXPECT_EQ(Sent().headers.at("Content-Type"), "application/json");
  EXPECT_EQ(SentBody()["kind"], "Deployment");
}

TEST_F(ClientTest, PatchesByOperationsThatMayTestSomething) {
  const Json operations = Json::parse(R"([{"op": "test", "path": "/spec/replicas", "value": 1}])");
  EXPECT_TRUE(Run(client_.JsonPatch(kDeployments, kChat, operations, "scale")).ok());
  EXPECT_EQ(Sent().method, "PATCH");
  EXPECT_EQ(Sent().target, std::string(kDeploymentPath) + "/scale?fieldManager=deepseek-operator");
  EXPECT_EQ(Sent().headers.at("Content-Type"), "application/json-patch+json");
  EXPECT_EQ(SentBody(), operations);
}

TEST_F(ClientTest, GivesEachRequestButAWatchItsTimeLimit) {
  Client hasty(transport_, seconds(3));
  EXPECT_TRUE(Run(hasty.Get(kDeployments, kChat)).ok());
  EXPECT_EQ(Sent().timeout, seconds(3));
  EXPECT_TRUE(Run(hasty.Watch(kDeployments, {"prod", "", "metadata.name=chat"}, "41", seconds(300), {})).ok());
  EXPECT_GT(Sent().timeout, seconds(300));
  EXPECT_THAT(Sent().target, testing::HasSubstr("&fieldSelector=metadata.name%3Dchat"));
}

TEST_F(ClientTest, DeletesOnlyTheObjectOfThisUidAndVersion) {
  EXPECT_TRUE(Run(client_.Delete(kDeployments, kChat, "u-1", "41")).ok());
  EXPECT_EQ(Sent().method, "DELETE");
  EXPECT_EQ(Sent().target, kDeploymentPath);
  EXPECT_EQ(
      SentBody(),
      Json::parse(R"({"propagationPolicy": "Background", "preconditions": {"uid": "u-1", "resourceVersion": "41"}})"));
}

TEST_F(ClientTest, DeletingWhatIsGoneSucceeds) {
  reply_ = Respond(404, R"({"code": 404, "reason": "NotFound", "message": "not found"})");
  EXPECT_TRUE(Run(client_.Delete(kDeployments, kChat, "u-1", "41")).ok());
  reply_ = Respond(409, R"({"code": 409, "reason": "Conflict", "message": "the UID differs"})");
  EXPECT_EQ(Run(client_.Delete(kDeployments, kChat, "u-1", "41")).error().code, ErrorCode::kConflict);
}

TEST_F(ClientTest, ListsAPage) {
  reply_ = Respond(200, R"({"metadata": {"resourceVersion": "41", "continue": "more"},
                            "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]})");
  const Result<ListPage> page = List("prod", "", "");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->resource_version, "41");
  EXPECT_EQ(page->continue_token, "more");
  EXPECT_EQ(Sent().target, "/apis/apps/v1/namespaces/prod/deployments?limit=250");
}

TEST_F(ClientTest, ListsByLabelsInAllNamespacesAndGoesOn) {
  reply_ = Respond(200, R"({"items": []})");
  EXPECT_TRUE(List("", "a=b,c!=d", "t/1=").ok());
  EXPECT_EQ(Sent().target, "/apis/apps/v1/deployments?limit=250&continue=t%2F1%3D&labelSelector=a%3Db%2Cc%21%3Dd");
}

TEST_F(ClientTest, ListsFewerAtOnceWhereObjectsAreLarge) {
  constexpr size_t kObject = size_t{1} << 20;
  transport_.set_handler([](const Request& request) -> Result<FakeReply> {
    const size_t at = request.target.find("limit=") + 6;
    const int limit = std::stoi(request.target.substr(at));
    const std::string object = R"({"data": ")" + std::string(kObject, 'x') + "\"}";
    std::string items = object;
    for (int i = 1; i < limit; ++i) items += "," + object;
    return Respond(200, R"({"metadata": {"continue": "more"}, "items": [)" + items + "]}");
  });
  const Result<ListPage> page = List("", "", "");
  ASSERT_TRUE(page.ok()) << page.error().message;
  EXPECT_EQ(page->items.size(), 31u);  // 250, 125 and 62 are more than 48 MiB
  EXPECT_EQ(page->continue_token, "more");
}

TEST_F(ClientTest, AnObjectThatNoPageHoldsIsAnError) {
  transport_.set_handler([](const Request&) -> Result<FakeReply> {
    return Respond(200, R"({"items": [{"data": ")" + std::string(size_t{50} << 20, 'x') + "\"}]}");
  });
  EXPECT_EQ(List("", "", "").error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(Sent().target, HasSubstr("limit=1"));
}

TEST_F(ClientTest, AListThatIsThrottledIsNotAskedForAgainAtOnce) {
  reply_ = Respond(429, R"({"code": 429, "message": "too many requests"})");
  EXPECT_EQ(List("", "", "").error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(transport_.requests().size(), 1u);
}

TEST_F(ClientTest, AListWithoutItemsIsNoEmptyList) {
  for (const char* body : {"{}", R"({"items": null})", "<html>", "[]"}) {
    reply_ = Respond(200, body);
    EXPECT_EQ(List("prod", "", "").error().code, ErrorCode::kInternal) << body;
  }
}

TEST_F(ClientTest, WatchesFromAVersion) {
  reply_ = Respond(200, R"({"type": "ADDED", "object": {"metadata": {"name": "a"}}})"
                        "\n"
                        R"({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "50"}}})"
                        "\n");
  const auto watch = Watch();
  ASSERT_TRUE(watch.ok());
  EXPECT_EQ(Sent().target,
            "/apis/apps/v1/namespaces/prod/deployments?watch=true&allowWatchBookmarks=true&resourceVersion=41"
            "&timeoutSeconds=300&labelSelector=a%3Db");
  EXPECT_GT(Sent().timeout, seconds(300));
  EXPECT_EQ((*Run((*watch)->Next()))->type, WatchEvent::Type::kAdded);
  EXPECT_EQ((*Run((*watch)->Next()))->type, WatchEvent::Type::kBookmark);
  const auto end = Run((*watch)->Next());
  ASSERT_TRUE(end.ok());
  EXPECT_FALSE(end->has_value());
}

TEST_F(ClientTest, AnErrorEventIsAnError) {
  reply_ = Respond(200, R"({"type": "ERROR", "object": {"code": 410, "reason": "Expired", "message": "too old"}})"
                        "\n");
  const auto watch = Watch();
  const auto event = Run((*watch)->Next());
  ASSERT_FALSE(event.ok());
  EXPECT_EQ(event.error().code, ErrorCode::kGone);
}

TEST_F(ClientTest, AnEventThatIsNoneIsAnError) {
  for (const char* line : {"<html>\n", "[]\n",
                           R"({"type": "ADDED"})"
                           "\n",
                           R"({"type": "MOVED", "object": {}})"
                           "\n"}) {
    reply_ = Respond(200, line);
    const auto watch = Watch();
    EXPECT_EQ(Run((*watch)->Next()).error().code, ErrorCode::kInternal) << line;
  }
}

TEST_F(ClientTest, ARefusedWatchSaysWhy) {
  reply_ = Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "deployments.apps is forbidden"})");
  const auto watch = Watch();
  ASSERT_FALSE(watch.ok());
  EXPECT_EQ(watch.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(watch.error().message, "watch deployments.apps: deployments.apps is forbidden");
}

TEST_F(ClientTest, AnErrorNamesTheRequestWithoutItsQuery) {
  reply_ = Respond(422, R"({"code": 422, "reason": "Invalid", "message": "spec.a: Invalid value"})");
  const auto applied = Run(client_.Apply(kDeployments, Chat()));
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(applied.error().message, "PATCH " + std::string(kDeploymentPath) + ": spec.a: Invalid value");
}

TEST_F(ClientTest, ATransportsErrorKeepsItsCode) {
  reply_ = Error{ErrorCode::kUnavailable, "connection refused"};
  const auto object = Run(client_.Get(kDeployments, kChat));
  EXPECT_EQ(object.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(object.error().message, HasSubstr("connection refused"));
}

TEST_F(ClientTest, AnAnswerThatIsNotJsonIsAnError) {
  reply_ = Respond(200, "<html>login</html>");
  EXPECT_EQ(Run(client_.Get(kDeployments, kChat)).error().code, ErrorCode::kInternal);
  EXPECT_EQ(Run(client_.Apply(kDeployments, Chat())).error().code, ErrorCode::kInternal);
}

TEST_F(ClientTest, TextThatIsNotUtf8IsSentAsReplacementCharacters) {
  Json object = Chat();
  object["spec"]["a"] = "\xFF";
  EXPECT_TRUE(Run(client_.Apply(kDeployments, object)).ok());
  EXPECT_THAT(Sent().body, Not(HasSubstr("\xFF")));
}

}  // namespace
}  // namespace dso::kube
