// The whole controller on a service whose pods get deletion costs.
#include "controller/deletion_cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/controller_fixture.h"
#include "tests/controller/sample_pods.h"

namespace dso::controller {
namespace {

using http::Request;
using http::Respond;
using kube::Json;
using std::chrono::minutes;
using test::kServicePath;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr const char* kPodsPath = "/api/v1/namespaces/prod/pods/";
constexpr const char* kWebPath = "/apis/apps/v1/namespaces/prod/deployments/web";
constexpr const char* kDemand = "sum(requests)";
constexpr WallTime kMorning{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1} + std::chrono::hours(10)};

class DeletionCostTest : public test::ControllerTest {
 protected:
  DeletionCostTest() : ControllerTest(kMorning) {}

  void SetUp() override {
    AddPrometheus("default", /*allow_custom_queries=*/true);
    AddPrometheus("strict");
    // No past: the floor follows the demand.
    prometheus_.Define(kDemand, {{{}, [this](WallTime at) { return at < kMorning ? std::nullopt : demand_; }}});
    for (const char* name : {"a", "b", "c"}) PutPod(name);
  }
  // Ten requests/s a replica: three are what 30 requests/s need.
  static Json Costly() {
    Json service = Chat();
    service["spec"].update(Json::parse(R"json({
      "replicas": {"min": 1, "max": 20},
      "autoscaling": {"podDeletionCost": {"query": "work of {{namespace}}/{{name}}"}},
      "demand": {"query": "sum(requests)", "unit": "requests/s"},
      "capacity": {"perReplica": "10", "targetUtilizationPercent": 100}
    })json"));
    return service;
  }
  void Begin(const Json& service = Costly()) {
    server_.Put(kServicePath, service);
    Start(minutes(2));
    prometheus_transport_.ClearRequests();
  }
  void PutPod(const std::string& name, const char* state = test::kReady, const char* service = "chat") {
    Json pod = test::SamplePod(state);
    pod["metadata"]["name"] = name;
    pod["metadata"]["uid"] = "u-" + name;
    pod["metadata"]["labels"]["deepseek-operator.dev/service"] = service;
    server_.Put(kPodsPath + name, pod);
  }
  void SetWork(const std::map<std::string, double>& in_flight) {
    std::vector<prom::FakePrometheus::FakeSeries> series;
    for (const auto& [pod, value] : in_flight)
      series.push_back({{{"pod", pod}}, prom::FakePrometheus::Constant(value)});
    prometheus_.Define("work of prod/chat", series);
  }
  std::string CostOf(const std::string& pod) const {
    const Json& metadata = server_.objects.at(kPodsPath + pod)["metadata"];
    return metadata.value("annotations", Json::object()).value(kDeletionCostAnnotation, "none");
  }
  size_t WorkQueries() const {
    return CountQueries([](const std::string& query) { return query.starts_with("work"); });
  }
  std::vector<std::string> PodWrites() const {
    std::vector<std::string> writes;
    for (const std::string& write : server_.writes) {
      if (write.find("/pods/") != write.npos) writes.push_back(write.substr(write.rfind('/') + 1));
    }
    return writes;
  }
  void FailPodWrites(http::FakeReply reply) {
    server_.fault = [reply](const Request& request) -> std::optional<http::FakeReply> {
      if (request.method == "PATCH" && request.target.starts_with(kPodsPath)) return reply;
      return std::nullopt;
    };
  }
  std::string Verdict() const { return ControllerTest::Verdict("DeletionCostsApplied"); }
  std::string Message() const { return Condition("DeletionCostsApplied", "message"); }

  std::optional<double> demand_ = 30;
};

TEST_F(DeletionCostTest, WithoutTheFieldNothingIsAskedOrWritten) {
  SetWork({{"a", 8}, {"b", 8}, {"c", 8}});
  Json service = Costly();
  service["spec"].erase("autoscaling");
  demand_ = 10;
  Begin(service);
  loop_.Advance(minutes(20));
  EXPECT_EQ(WorkQueries(), 0u);
  EXPECT_THAT(PodWrites(), IsEmpty());
  EXPECT_EQ(Verdict(), "");
}

TEST_F(DeletionCostTest, NothingIsAskedWhileAllPodsAreNeeded) {
  SetWork({{"a", 8}, {"b", 8}, {"c", 8}});
  Begin();
  loop_.Advance(minutes(20));
  EXPECT_EQ(Floor(), 3);
  EXPECT_EQ(WorkQueries(), 0u);
  EXPECT_THAT(PodWrites(), IsEmpty());
  EXPECT_EQ(Verdict(), "Unknown Pending");
}

TEST_F(DeletionCostTest, CostsAreThereBeforeTheFloorIsReleased) {
  SetWork({{"a", 5}, {"b", 0}, {"c", 100}});
  Begin();
  demand_ = 10;
  loop_.Advance(minutes(1));
  EXPECT_EQ(Floor(), 3) << "its window has not passed yet";
  EXPECT_EQ(CostOf("a"), "4");
  EXPECT_EQ(CostOf("b"), "none") << "which is 0 to Kubernetes";
  EXPECT_EQ(CostOf("c"), "64");
  EXPECT_EQ(Verdict(), "True Applied");
}

TEST_F(DeletionCostTest, IsAskedOnceAMinuteAndWrittenWhereItChanges) {
  SetWork({{"a", 5}, {"b", 0}, {"c", 100}});
  demand_ = 10;
  Begin();
  server_.writes.clear();
  SetWork({{"a", 7}, {"b", 0}, {"c", 3}});
  loop_.Advance(minutes(10));
  EXPECT_EQ(WorkQueries(), 10u);
  EXPECT_THAT(PodWrites(), ElementsAre("c"));
  EXPECT_EQ(CostOf("c"), "2");
}

TEST_F(DeletionCostTest, CostsThatAreThereAfterARestartAreNotWrittenAgain) {
  for (const auto& [name, cost] : {std::pair("a", "4"), std::pair("c", "64")}) {
    server_.objects.at(std::string(kPodsPath) + name)["metadata"]["annotations"][kDeletionCostAnnotation] = cost;
  }
  SetWork({{"a", 5}, {"b", 0}, {"c", 100}});
  demand_ = 10;
  Begin();
  EXPECT_EQ(Verdict(), "True Applied");
  EXPECT_THAT(PodWrites(), IsEmpty());
}

TEST_F(DeletionCostTest, PodsOfOthersAreNotTouched) {
  PutPod("search-1", test::kReady, "search");
  PutPod("going", test::kTerminating);
  SetWork({{"a", 5}, {"b", 0}, {"search-1", 9}, {"going", 9}, {"no-pod", 9}});
  demand_ = 10;
  Begin();
  EXPECT_THAT(PodWrites(), ElementsAre("a"));
}

TEST_F(DeletionCostTest, WithoutAnAnswerCostsStayAsTheyAre) {
  SetWork({{"a", 5}, {"b", 0}, {"c", 100}});
  demand_ = 10;
  Begin();
  server_.writes.clear();
  SetWork({});
  loop_.Advance(minutes(2));
  EXPECT_EQ(Verdict(), "False NoSeries");
  SetWork({{"10.0.0.7:8000", 0}});
  loop_.Advance(minutes(2));
  EXPECT_THAT(Message(), HasSubstr("check the labels"));
  EXPECT_THAT(PodWrites(), IsEmpty());
  EXPECT_EQ(CostOf("c"), "64");
  SetWork({{"c", 0}});
  loop_.Advance(minutes(2));
  EXPECT_EQ(Verdict(), "True Applied");
  EXPECT_EQ(CostOf("c"), "0");
}

TEST_F(DeletionCostTest, AServerThatTakesNoQueryOfAServiceSaysSoAtOnce) {
  Json service = Costly();
  service["spec"]["demand"] = {{"preset", "vllm"}, {"prometheus", "strict"}};
  Begin(service);
  EXPECT_EQ(Verdict(), "False CustomQueryNotAllowed");
  EXPECT_THAT(Message(), HasSubstr("allowCustomQueries"));
  EXPECT_EQ(WorkQueries(), 0u);
}

TEST_F(DeletionCostTest, WithoutTheRightToPatchPodsOneIsTriedARound) {
  FailPodWrites(Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "cannot patch pods"})"));
  SetWork({{"a", 5}, {"b", 7}, {"c", 100}});
  demand_ = 10;
  Begin();
  server_.writes.clear();
  loop_.Advance(minutes(3));
  EXPECT_EQ(Verdict(), "False Forbidden");
  EXPECT_THAT(PodWrites(), ElementsAre("c", "c", "c"));
}

TEST_F(DeletionCostTest, APodThatIsGoneIsNoMatter) {
  FailPodWrites(Respond(404, R"({"code": 404, "reason": "NotFound", "message": "no pod"})"));
  SetWork({{"a", 5}, {"b", 7}, {"c", 100}});
  demand_ = 10;
  Begin();
  EXPECT_EQ(Verdict(), "True Applied");
}

TEST_F(DeletionCostTest, WhatIsSlowDelaysNoDecision) {
  longest_stop_ = minutes(2);
  http::FakeReply slow = Respond(504, "{}");
  slow.delay = seconds(29);
  FailPodWrites(slow);
  prometheus_transport_.set_handler([this](const Request& request) -> Result<http::FakeReply> {
    Result<http::FakeReply> reply = prometheus_.Handler()(request);
    if (prom::FakePrometheus::ParseForm(request.body)["query"].starts_with("work")) reply->delay = seconds(29);
    return reply;
  });
  SetWork({{"a", 5}, {"b", 7}, {"c", 100}});
  for (int i = 0; i < 12; ++i) PutPod("more-" + std::to_string(i));
  demand_ = 10;
  Begin();
  server_.writes.clear();
  for (demand_ = 40; *demand_ <= 100; *demand_ += 10) {
    loop_.Advance(seconds(16));
    EXPECT_EQ(Floor(), *demand_ / 10);
  }
  EXPECT_GE(WorkQueries(), 1u);
  EXPECT_THAT(PodWrites(), testing::Not(IsEmpty()));
}

TEST_F(DeletionCostTest, AnotherQueryIsAskedAtOnce) {
  SetWork({{"a", 5}});
  demand_ = 10;
  Begin();
  Json service = server_.objects.at(kServicePath);
  service["spec"]["autoscaling"]["podDeletionCost"]["query"] = "work by zone";
  service["metadata"]["generation"] = 2;
  prometheus_.Define("work by zone", {{{{"pod", "b"}}, prom::FakePrometheus::Constant(16)}});
  server_.Put(kServicePath, service);
  loop_.Advance(seconds(16));
  EXPECT_EQ(CostOf("b"), "16");
  service = server_.objects.at(kServicePath);
  service["spec"]["autoscaling"].erase("podDeletionCost");
  service["metadata"]["generation"] = 3;
  server_.Put(kServicePath, service);
  loop_.Advance(minutes(5));
  EXPECT_EQ(Verdict(), "");
  EXPECT_EQ(CostOf("b"), "16") << "nothing is written without the field";
}

TEST_F(DeletionCostTest, PodsOfATargetGetTheirsToo) {
  ServeDiscovery();
  server_.objects[kWebPath] = {{"metadata", {{"namespace", "prod"}, {"name", "web"}, {"uid", "u-web"}}}};
  server_.objects[std::string(kWebPath) + "/scale"] = {{"status", {{"replicas", 3}, {"selector", "app=chat"}}}};
  for (const char* name : {"a", "b", "c"}) PutPod(name, test::kReady, "");
  Json service = Costly();
  service["spec"].erase("template");
  service["spec"]["targetRef"] = {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "web"}};
  SetWork({{"a", 5}, {"b", 0}, {"c", 100}});
  demand_ = 10;
  server_.fault = [lists = 0](const Request& request) mutable -> std::optional<http::FakeReply> {
    if (request.target.find("labelSelector=app%3Dchat") == std::string::npos || ++lists == 1) return std::nullopt;
    return Respond(500, "{}");
  };
  Begin(service);
  EXPECT_EQ(Verdict(), "True Applied");
  EXPECT_THAT(PodWrites(), UnorderedElementsAre("a", "c"));
  loop_.Advance(minutes(10));
  EXPECT_EQ(WorkQueries(), 10u);
  EXPECT_THAT(PodWrites(), SizeIs(2)) << "what was written is known before the pods are listed again";
}

TEST_F(DeletionCostTest, NoPodIsWrittenWhileTheServiceIsNotAccepted) {
  server_.Put("/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers/theirs", Json::parse(R"({
    "metadata": {"namespace": "prod", "name": "theirs"},
    "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "chat"}, "minReplicas": 1}
  })"));
  SetWork({{"a", 5}, {"b", 0}, {"c", 100}});
  demand_ = 10;
  Begin();
  EXPECT_THAT(PodWrites(), IsEmpty());
}

}  // namespace
}  // namespace dso::controller
