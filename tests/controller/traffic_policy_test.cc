#include "controller/traffic_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/controller_fixture.h"

namespace dso::controller {
namespace {

using kube::Json;
using test::kServicePath;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

constexpr const char* kIstioPath = "/apis/networking.istio.io/v1";
constexpr const char* kRulePath = "/apis/networking.istio.io/v1/namespaces/prod/destinationrules/chat";

class TrafficPolicyTest : public test::ControllerTest {
 protected:
  void InstallIstio() {
    server_.objects[kIstioPath] =
        Json::parse(R"({"resources": [{"name": "destinationrules", "kind": "DestinationRule"}]})");
  }
  void Begin(const char* more = "{}") {
    Json service = Chat();
    service["spec"].update(Json::parse(R"({"service": {"port": 80}, "istio": true})"));
    service["spec"].update(Json::parse(more));
    server_.Put(kServicePath, service);
    Start();
  }
  void PutForeign() {
    server_.Put(kRulePath, Json::parse(R"({"metadata": {"namespace": "prod", "name": "chat", "uid": "u-theirs"},
                                           "spec": {"host": "chat", "trafficPolicy": {"tls": {"mode": "DISABLE"}}}})"));
  }
  std::vector<std::string> RuleWrites() const {
    std::vector<std::string> writes;
    for (const std::string& write : server_.writes) {
      if (write.ends_with(kRulePath)) writes.push_back(write);
    }
    return writes;
  }
  std::string Verdict() const { return ControllerTest::Verdict("DestinationRuleApplied"); }
};

TEST_F(TrafficPolicyTest, WithoutTheFieldNothingIsAskedOrSaid) {
  server_.Put(kServicePath, Chat());
  Start();
  EXPECT_EQ(Verdict(), "");
  for (const http::Request& request : server_.transport.requests()) {
    EXPECT_THAT(request.target, Not(HasSubstr("istio")));
  }
}

TEST_F(TrafficPolicyTest, IsAppliedWhereItIsDeclared) {
  InstallIstio();
  Begin();
  EXPECT_EQ(Verdict(), "True Applied");
  const Json& rule = At(kRulePath);
  EXPECT_EQ(rule["spec"]["host"], "chat.prod.svc.cluster.local");
  EXPECT_FALSE(rule["spec"]["trafficPolicy"].contains("connectionPool")) << "the capacity of a replica is not known";
  EXPECT_EQ(rule["metadata"]["ownerReferences"][0]["uid"], "u-chat");
  server_.writes.clear();
  loop_.Advance(10min);
  EXPECT_THAT(server_.writes, IsEmpty());
}

TEST_F(TrafficPolicyTest, LimitsWhatAllReplicasCanHaveInWork) {
  InstallIstio();
  AddPrometheus();
  Begin(R"json({"demand": {"query": "sum(in_flight)", "unit": "in flight"},
                "capacity": {"perReplica": "7.5", "targetUtilizationPercent": 80}})json");
  EXPECT_EQ(At(kRulePath)["spec"]["trafficPolicy"]["connectionPool"]["http"]["http2MaxRequests"], 150);
}

TEST_F(TrafficPolicyTest, WithoutIstioItSaysSoAndNothingElseWaits) {
  Begin();
  EXPECT_EQ(Verdict(), "False IstioNotInstalled");
  EXPECT_EQ(ControllerTest::Verdict("FloorApplied"), "True Applied");
  EXPECT_THAT(RuleWrites(), IsEmpty());
  InstallIstio();
  loop_.Advance(1min);
  EXPECT_EQ(Verdict(), "True Applied");
}

TEST_F(TrafficPolicyTest, AnOlderIstioHasNoRuleOfThisVersion) {
  server_.objects[kIstioPath] =
      Json::parse(R"({"resources": [{"name": "virtualservices", "kind": "VirtualService"}]})");
  Begin();
  EXPECT_EQ(Verdict(), "False IstioNotInstalled");
}

TEST_F(TrafficPolicyTest, IsRemovedOnceItIsNoLongerDeclared) {
  InstallIstio();
  Begin();
  ChangeSpec({{"istio", nullptr}});
  EXPECT_FALSE(server_.objects.contains(kRulePath));
  EXPECT_EQ(Verdict(), "");
}

TEST_F(TrafficPolicyTest, WhatWasDroppedWhileNoOperatorRanIsRemovedToo) {
  InstallIstio();
  Begin();
  Stop();
  ChangeSpec({{"istio", false}});
  Start();
  EXPECT_FALSE(server_.objects.contains(kRulePath));
  EXPECT_EQ(Verdict(), "");
}

TEST_F(TrafficPolicyTest, ARuleOfSomebodyElseIsNotTouched) {
  InstallIstio();
  PutForeign();
  const Json theirs = At(kRulePath);
  Begin();
  EXPECT_EQ(Verdict(), "False Conflict");
  EXPECT_THAT(Condition("DestinationRuleApplied", "message"), HasSubstr("DestinationRule chat exists"));
  EXPECT_EQ(ControllerTest::Verdict("FloorApplied"), "True Applied");
  ChangeSpec({{"istio", nullptr}});
  EXPECT_EQ(Verdict(), "");
  EXPECT_EQ(At(kRulePath), theirs);
  EXPECT_THAT(RuleWrites(), IsEmpty());
}

TEST_F(TrafficPolicyTest, TakesThePlaceOfOneThatIsGone) {
  InstallIstio();
  PutForeign();
  Begin();
  server_.Remove(kRulePath);
  loop_.Advance(1min);
  EXPECT_EQ(Verdict(), "True Applied");
}

TEST_F(TrafficPolicyTest, RepairsADriftWithinAMinute) {
  InstallIstio();
  Begin();
  Change(kRulePath, {{"spec", {{"host", "elsewhere"}}}});
  loop_.Advance(1min);
  EXPECT_EQ(At(kRulePath)["spec"]["host"], "chat.prod.svc.cluster.local");
}

TEST_F(TrafficPolicyTest, ARuleThatCannotBeWrittenIsNoMatterOfTheFloor) {
  InstallIstio();
  server_.refusals.emplace(std::string("PATCH ") + kRulePath,
                           http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "no right"})"));
  Begin();
  EXPECT_EQ(Verdict(), "False Forbidden");
  EXPECT_EQ(ControllerTest::Verdict("FloorApplied"), "True Applied");
  EXPECT_EQ(ControllerTest::Verdict("Accepted"), "True Accepted");
}

}  // namespace
}  // namespace dso::controller
