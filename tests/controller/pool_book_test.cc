// The whole controller on services with connection pools.
#include "controller/pool_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "render/connection_pools.h"
#include "tests/controller/pooled_fixture.h"
#include "tests/controller/sample_pods.h"

namespace dso::controller {
namespace {

using kube::Json;
using test::kAutoscalerPath;
using test::kServicePath;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

constexpr const char* kSearchPath = "/apis/deepseek-operator.dev/v1alpha1/namespaces/prod/deepseekservices/search";

class PoolBookTest : public test::PooledTest {
 protected:
  void Begin(const Json& service = Pooled()) {
    server_.Put(kServicePath, service);
    Start();
  }
  void BeginTwo() {
    server_.Put(kSearchPath, Pooled(Orders(), "search"));
    Begin();
  }
  // The ConfigMap that Pooled() gets.
  static std::string NameOf(int size) {
    const CachedService cached = *CachedService::FromJson(Pooled());
    const render::PoolSize sizes[] = {{cached.service.spec->connection_pools[0], size}};
    return kube::KeyOf(render::PoolConfigMap(cached.service, sizes)).name;
  }
  void RefuseConfigMaps() {
    server_.fault = [](const http::Request& request) -> std::optional<http::FakeReply> {
      if (request.method != "PATCH" || request.target.find("/configmaps/") == std::string::npos) return std::nullopt;
      return http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "cannot patch configmaps"})");
    };
  }
  // Of the pod template that there is, on their way out.
  void PutTerminatingPods(int count) {
    Json pod = test::SamplePod(test::kReady, test::kTerminating);
    pod["spec"]["containers"][0]["envFrom"] = Json::array({{{"configMapRef", {{"name", InTemplate()}}}}});
    for (int i = 0; i < count; ++i) {
      pod["metadata"]["name"] = "old-" + std::to_string(i);
      pod["metadata"]["uid"] = "u-old-" + std::to_string(i);
      server_.Put("/api/v1/namespaces/prod/pods/old-" + std::to_string(i), pod);
    }
    loop_.Advance(1s);
  }
  void RemovePods(int count) {
    for (int i = 0; i < count; ++i) server_.Remove("/api/v1/namespaces/prod/pods/old-" + std::to_string(i));
    loop_.Advance(1s);
  }
  void RollOut(int replicas, int updated) {
    Change(DeploymentPath("chat"),
           {{"spec", {{"replicas", replicas}}}, {"status", {{"replicas", replicas}, {"updatedReplicas", updated}}}});
    loop_.Advance(1s);
  }
  std::string Verdict(const std::string& path = kServicePath) const {
    return ControllerTest::Verdict("PoolsWithinBudget", path);
  }
  std::string Message() const { return Condition("PoolsWithinBudget", "message"); }
  int Maximum() const { return At(kAutoscalerPath)["spec"]["maxReplicas"]; }
  Json PoolPods() const { return At(kServicePath)["status"]["poolPods"]; }
};

TEST_F(PoolBookTest, TheDeploymentRefersToAnImmutableConfigMap) {
  Begin();
  ASSERT_THAT(ConfigMaps(), ElementsAre(NameOf(2)));
  const Json& config_map = At(ConfigMapPath(NameOf(2)));
  EXPECT_EQ(config_map["immutable"], true);
  EXPECT_EQ(config_map["data"]["ORDERS_DB_MAX_CONNECTIONS"], "2");
  EXPECT_EQ(config_map["metadata"]["ownerReferences"][0]["uid"], "u-chat");
  EXPECT_EQ(InTemplate(), NameOf(2));
  EXPECT_EQ(Maximum(), 20);
  EXPECT_EQ(Verdict(), "True Fits");
  EXPECT_EQ(At(kServicePath)["status"]["poolConfigMap"], NameOf(2));
  EXPECT_EQ(At(kServicePath)["status"]["connectionPools"][0]["worstCaseTotal"], 50);
}

TEST_F(PoolBookTest, AServiceThatDoesNotChangeCausesNoWrites) {
  BeginTwo();
  server_.writes.clear();
  loop_.Advance(24h);
  EXPECT_THAT(server_.writes, IsEmpty());
}

TEST_F(PoolBookTest, TheMaximumGivesWayWhereTheLeastDoesNotFit) {
  Json pool = Orders(/*max_connections=*/25);
  pool["perReplica"]["min"] = 2;
  Begin(Pooled(pool));
  EXPECT_EQ(Maximum(), 8) << "and 2 in a rollout, 2 connections each, are 20";
  EXPECT_EQ(Verdict(), "False LimitedByBackend");
}

TEST_F(PoolBookTest, TwoServicesShareABackend) {
  Begin();
  ASSERT_EQ(SizeInTemplate(), "2");
  server_.Put(kSearchPath, Pooled(Orders(), "search"));
  loop_.Advance(1min);
  for (const char* service : {"chat", "search"}) EXPECT_EQ(SizeInTemplate(service), "1") << service;
  EXPECT_EQ(Verdict(), "True Fits");
  EXPECT_EQ(Verdict(kSearchPath), "True Fits");
  EXPECT_THAT(ConfigMaps(), SizeIs(2)) << "the one that nothing refers to is gone";
  server_.Remove(kSearchPath);
  loop_.Advance(1min);
  EXPECT_EQ(SizeInTemplate(), "2");
}

TEST_F(PoolBookTest, ServicesOfAnotherNamespaceHaveABackendOfTheirOwn) {
  Json other = Pooled(Orders(), "search");
  other["metadata"]["namespace"] = "test";
  server_.Put("/apis/deepseek-operator.dev/v1alpha1/namespaces/test/deepseekservices/search", other);
  Begin();
  EXPECT_EQ(SizeInTemplate(), "2");
}

TEST_F(PoolBookTest, BothHearThatTheyDisagreeAboutABackend) {
  BeginTwo();
  ChangeSpec({{"connectionPools", Json::array({Orders(/*max_connections=*/58)})}});
  loop_.Advance(1min);
  EXPECT_EQ(Verdict(), "False BackendsDiffer");
  EXPECT_EQ(Verdict(kSearchPath), "False BackendsDiffer");
  EXPECT_THAT(Message(), HasSubstr("This service and search"));
}

TEST_F(PoolBookTest, ARestartChangesNothing) {
  BeginTwo();
  server_.writes.clear();
  Restart(1h);
  EXPECT_THAT(server_.writes, IsEmpty());
}

// What pods have is what matters, not what would be planned for a service that is new.
TEST_F(PoolBookTest, ARestartKeepsSizesThatAreGoodEnough) {
  Begin();
  ChangeSpec({{"connectionPools", Json::array({Orders(/*max_connections=*/130)})}});
  ASSERT_EQ(SizeInTemplate(), "5");
  ChangeSpec({{"connectionPools", Json::array({Orders(/*max_connections=*/155)})}});
  ASSERT_EQ(SizeInTemplate(), "5") << "six are not a quarter more";
  server_.writes.clear();
  Restart(1h);
  EXPECT_EQ(SizeInTemplate(), "5");
  EXPECT_THAT(server_.writes, IsEmpty());
}

TEST_F(PoolBookTest, AConfigMapThatSomebodyDeletesIsMadeAgain) {
  Begin();
  server_.writes.clear();
  server_.Remove(ConfigMapPath(NameOf(2)));
  loop_.Advance(1s);
  EXPECT_THAT(ConfigMaps(), ElementsAre(NameOf(2)));
  loop_.Advance(1min);
  EXPECT_THAT(WritesOf("configmaps"), SizeIs(1));
  EXPECT_THAT(WritesOf("deployments"), IsEmpty());
  EXPECT_EQ(Maximum(), 20);
  EXPECT_EQ(Verdict(), "True Fits");
}

TEST_F(PoolBookTest, AConfigMapOfSomebodyElseIsNotTouched) {
  server_.Put(ConfigMapPath(NameOf(2)),
              Json::parse(R"({"metadata": {"namespace": "prod", "uid": "u-theirs"}, "data": {"THEIRS": "7"}})"));
  const Json theirs = At(ConfigMapPath(NameOf(2)));
  Begin();
  EXPECT_EQ(Verdict(), "False Conflict");
  EXPECT_THAT(Message(), HasSubstr("ConfigMap " + NameOf(2) + " exists"));
  EXPECT_EQ(ControllerTest::Verdict("Ready"), "False Conflict");
  EXPECT_EQ(At(ConfigMapPath(NameOf(2))), theirs);
  EXPECT_THAT(WritesOf("configmaps"), IsEmpty());
  EXPECT_THAT(WritesOf("deployments"), IsEmpty()) << "pods would have no sizes";
  server_.Remove(ConfigMapPath(NameOf(2)));
  loop_.Advance(1min);
  EXPECT_EQ(Verdict(), "True Fits");
}

TEST_F(PoolBookTest, WithoutTheRightToConfigMapsTheDeploymentKeepsItsSizes) {
  Begin();
  RefuseConfigMaps();
  ChangeSpec({{"connectionPools", Json::array({Orders(/*max_connections=*/500)})}});
  EXPECT_EQ(Verdict(), "False Forbidden");
  EXPECT_THAT(Message(), HasSubstr("cannot patch configmaps"));
  EXPECT_EQ(InTemplate(), NameOf(2));
  EXPECT_EQ(Maximum(), 20);
  EXPECT_EQ(ControllerTest::Verdict("FloorApplied"), "True Applied");
  ChangeSpec({{"replicas", {{"min", 5}}}});
  EXPECT_EQ(Floor(), 5) << "which waits for no ConfigMap";
  server_.fault = nullptr;
  loop_.Advance(1min);
  EXPECT_EQ(SizeInTemplate(), "19");
  EXPECT_EQ(Verdict(), "True Fits");
}

TEST_F(PoolBookTest, WithoutTheRightToConfigMapsNoDeploymentIsMade) {
  RefuseConfigMaps();
  Begin();
  EXPECT_EQ(Verdict(), "False Forbidden");
  EXPECT_THAT(WritesOf("deployments"), IsEmpty());
}

TEST_F(PoolBookTest, PodsOfAnUnknownSizeHoldTheMaximum) {
  Begin();
  Json pod = test::SamplePod(test::kReady);
  server_.Put("/api/v1/namespaces/prod/pods/" + kube::KeyOf(pod).name, pod);
  ChangeSpec({{"replicas", {{"max", 21}}}});
  EXPECT_EQ(Verdict(), "False Replacing");
  EXPECT_LT(Maximum(), 20) << "the pod may have up to 20 connections";
  server_.Remove("/api/v1/namespaces/prod/pods/" + kube::KeyOf(pod).name);
  loop_.Advance(1min);
  EXPECT_EQ(Verdict(), "True Fits");
  EXPECT_EQ(Maximum(), 21);
}

TEST_F(PoolBookTest, WavesThatWereSeenAreRemembered) {
  Begin();
  ASSERT_EQ(PoolPods(), Json::parse(R"({"replicas": 20, "surge": 5, "terminating": 0})"));
  PutTerminatingPods(21);
  RollOut(/*replicas=*/20, /*updated=*/8);
  EXPECT_EQ(PoolPods(), Json::parse(R"({"replicas": 20, "surge": 5, "terminating": 20, "seenWaves": 3})"));
  EXPECT_EQ(SizeInTemplate(), "1") << "45 pods";
  RemovePods(21);
  RollOut(20, 20);
  Restart();
  EXPECT_EQ(PoolPods().value("seenWaves", 0), 3);
  loop_.Advance(6 * 24h);
  EXPECT_EQ(PoolPods().value("seenWaves", 0), 3);
  EXPECT_EQ(SizeInTemplate(), "1");
}

TEST_F(PoolBookTest, PodsOnTheirWayOutOfNoRolloutAreNoWaves) {
  Begin();
  PutTerminatingPods(12);
  RollOut(20, 20);
  EXPECT_EQ(PoolPods().value("seenWaves", 0), 0);
}

TEST_F(PoolBookTest, PoolsThatAreNotDeclaredAnyMoreAreTakenAway) {
  Begin();
  ChangeSpec({{"connectionPools", nullptr}});
  loop_.Advance(1min);
  EXPECT_EQ(InTemplate(), "");
  EXPECT_THAT(ConfigMaps(), IsEmpty());
  EXPECT_EQ(Verdict(), "");
  EXPECT_FALSE(At(kServicePath)["status"].contains("poolPods"));
}

}  // namespace
}  // namespace dso::controller
