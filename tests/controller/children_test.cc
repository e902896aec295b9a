#include "controller/children.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

namespace dso::controller {
namespace {

using http::FakeReply;
using http::FakeTransport;
using http::Request;
using http::Respond;
using kube::Json;
using testing::IsEmpty;

constexpr const char* kOwner = "u-service";
const kube::ObjectKey kChat{"prod", "chat"};

Json Desired() {
  return Json::parse(R"({
    "metadata": {
      "namespace": "prod", "name": "chat",
      "ownerReferences": [{"kind": "DeepSeekService", "name": "chat", "uid": "u-service", "controller": true}]
    },
    "spec": {"minReadySeconds": 5, "template": {"spec": {"containers": [{"name": "server", "image": "v1"}]}}}
  })");
}

// One Deployment in an API server that merges what is applied into it, as far as these tests need it.
class Children : public testing::Test {
 protected:
  Result<FakeReply> Answer(const Request& request) {
    if (request.method == "GET") {
      return stored_.is_null() ? Respond(404, R"({"code": 404, "reason": "NotFound"})") : Respond(200, stored_.dump());
    }
    if (refuse_with_) return *refuse_with_;
    if (request.method == "DELETE") {
      stored_ = nullptr;
      return Respond(200, "{}");
    }
    Json applied = Json::parse(request.body);
    const bool created = stored_.is_null();
    if (!created && applied["metadata"]["resourceVersion"] == kube::kMustNotExist) {
      return Respond(409, R"({"code": 409, "reason": "Conflict", "message": "modified"})");
    }
    applied["metadata"].erase("resourceVersion");
    stored_.merge_patch(applied);
    stored_.merge_patch(rewrite_);
    stored_["metadata"]["uid"] = "u-child";
    stored_["metadata"]["resourceVersion"] = std::to_string(++version_);
    return Respond(created ? 201 : 200, stored_.dump());
  }
  // What the cache would hold.
  std::shared_ptr<const LiveObject> Cached() const {
    return stored_.is_null() ? nullptr : std::make_shared<LiveObject>(LiveObject::Of(stored_));
  }
  Result<ChildOutcome> Ensure(Json desired, std::shared_ptr<const LiveObject> live) {
    transport_.ClearRequests();
    return RunTask(loop_,
                   EnsureChild(client_, kube::kDeployments, std::move(desired), std::move(live), kOwner, record_));
  }
  Result<ChildOutcome> Ensure(Json desired) { return Ensure(std::move(desired), Cached()); }
  std::vector<std::string> Methods() const {
    std::vector<std::string> methods;
    for (const Request& request : transport_.requests()) methods.push_back(request.method);
    return methods;
  }
  Json LastBody() const { return Json::parse(transport_.requests().back().body); }

  FakeLoop loop_;
  FakeTransport transport_{loop_, [this](const Request& request) { return Answer(request); }};
  kube::Client client_{transport_};
  std::shared_ptr<ServiceRecord> record_ = std::make_shared<ServiceRecord>();
  Json stored_;
  Json rewrite_ = Json::object();  // what the server makes of each write
  std::optional<FakeReply> refuse_with_;
  int version_ = 10;
};

TEST_F(Children, WhatDoesNotExistIsCreated) {
  EXPECT_EQ(*Ensure(Desired()), ChildOutcome::kCreated);
  EXPECT_THAT(Methods(), testing::ElementsAre("PATCH"));
  EXPECT_EQ(LastBody()["metadata"]["resourceVersion"], kube::kMustNotExist);
}

TEST_F(Children, WhatIsInSyncCostsNoRequest) {
  EXPECT_EQ(*Ensure(Desired()), ChildOutcome::kCreated);
  EXPECT_EQ(*Ensure(Desired()), ChildOutcome::kInSync);
  EXPECT_THAT(Methods(), IsEmpty());
}

TEST_F(Children, WhatOthersAddIsLeftAlone) {
  Ensure(Desired()).ok();
  stored_["spec"]["replicas"] = 7;
  stored_["metadata"]["labels"]["team"] = "search";
  EXPECT_EQ(*Ensure(Desired()), ChildOutcome::kInSync);
}

TEST_F(Children, ADriftIsWrittenOverTheVersionThatWasSeen) {
  Ensure(Desired()).ok();
  stored_["spec"]["minReadySeconds"] = 99;
  EXPECT_EQ(*Ensure(Desired()), ChildOutcome::kApplied);
  EXPECT_THAT(Methods(), testing::ElementsAre("PATCH"));
  EXPECT_EQ(LastBody()["metadata"]["resourceVersion"], "11");
  EXPECT_EQ(stored_["spec"]["minReadySeconds"], 5);
}

TEST_F(Children, AWriteThatWasOvertakenIsAConflict) {
  Ensure(Desired()).ok();
  stored_["spec"]["minReadySeconds"] = 99;
  refuse_with_ = Respond(409, R"({"code": 409, "reason": "Conflict", "message": "modified"})");
  EXPECT_EQ(Ensure(Desired()).error().code, ErrorCode::kConflict);
}

TEST_F(Children, AFieldThatIsNoLongerDeclaredIsAReasonToWrite) {
  Ensure(Desired()).ok();
  Json without = Desired();
  without["spec"].erase("minReadySeconds");
  EXPECT_EQ(*Ensure(without), ChildOutcome::kApplied);
  EXPECT_FALSE(LastBody()["spec"].contains("minReadySeconds"));
  EXPECT_EQ(*Ensure(without), ChildOutcome::kInSync);
}

TEST_F(Children, WhatBelongsToSomebodyElseIsNotTouched) {
  Ensure(Desired()).ok();
  for (const Json& owners : {Json::array(), Json::parse(R"([{"name": "x", "uid": "u-other", "controller": true}])"),
                             Json::parse(R"([{"name": "chat", "uid": "u-service"}])")}) {
    stored_["metadata"]["ownerReferences"] = owners;
    EXPECT_EQ(*Ensure(Desired()), ChildOutcome::kForeign) << owners;
    EXPECT_THAT(Methods(), IsEmpty());
  }
}

TEST_F(Children, WhatTheCacheDoesNotHaveIsNotWrittenOver) {
  Ensure(Desired()).ok();
  EXPECT_EQ(*Ensure(Desired(), nullptr), ChildOutcome::kInSync);
  EXPECT_THAT(Methods(), testing::ElementsAre("PATCH", "GET"));
  stored_["metadata"].erase("ownerReferences");
  EXPECT_EQ(*Ensure(Desired(), nullptr), ChildOutcome::kForeign);
  EXPECT_THAT(Methods(), testing::ElementsAre("PATCH", "GET"));
}

TEST_F(Children, AFieldThatTheServerRewritesIsNotWrittenOverAndOver) {
  rewrite_ = Json::parse(R"({"spec": {"minReadySeconds": 6}})");
  EXPECT_EQ(*Ensure(Desired()), ChildOutcome::kCreated);
  EXPECT_EQ(*Ensure(Desired()), ChildOutcome::kInSync);
  EXPECT_THAT(Methods(), IsEmpty());
}

TEST_F(Children, AFieldThatTheServerRewritesDoesNotHideADrift) {
  rewrite_ = Json::parse(R"({"spec": {"minReadySeconds": 6}})");
  Ensure(Desired()).ok();
  stored_["spec"]["template"]["spec"]["containers"][0]["image"] = "v0";
  EXPECT_EQ(*Ensure(Desired()), ChildOutcome::kApplied);
}

TEST_F(Children, AFailureIsPassedOn) {
  refuse_with_ = Respond(422, R"({"code": 422, "reason": "Invalid", "message": "spec.template: Invalid value"})");
  EXPECT_EQ(Ensure(Desired()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(record_->settled, IsEmpty());
}

TEST_F(Children, RemovesOnlyWhatIsOurs) {
  const auto remove = [this](std::shared_ptr<const LiveObject> live) {
    transport_.ClearRequests();
    return RunTask(loop_, RemoveChild(client_, kube::kDeployments, kChat, std::move(live), kOwner)).ok();
  };
  EXPECT_TRUE(remove(nullptr));
  EXPECT_THAT(Methods(), IsEmpty());
  Ensure(Desired()).ok();
  LiveObject foreign = *Cached();
  foreign.controller_uid = "u-other";
  EXPECT_TRUE(remove(std::make_shared<LiveObject>(foreign)));
  EXPECT_THAT(Methods(), IsEmpty());
  EXPECT_TRUE(remove(Cached()));
  EXPECT_THAT(Methods(), testing::ElementsAre("DELETE"));
  EXPECT_EQ(LastBody()["preconditions"]["uid"], "u-child");
}

}  // namespace
}  // namespace dso::controller
