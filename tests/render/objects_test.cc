#include "render/objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/api/service_json.h"

namespace dso::render {
namespace {

api::DeepSeekService ServiceOf(const char* spec) {
  auto service = api::FromJson(api::test::ServiceWithSpec(Json::parse(spec)));
  EXPECT_TRUE(service.ok() && service->spec.ok()) << (service.ok() ? service->spec.error().message : "");
  return *std::move(service);
}

api::DeepSeekService SmallService() {
  return ServiceOf(R"({
    "template": {"spec": {"containers": [{"name": "server", "ports": [{"name": "http", "containerPort": 8000}]}]}},
    "service": {"port": 80, "targetPort": "http"},
    "replicas": {"min": 2, "max": 9}
  })");
}

api::DeepSeekService AdoptingService() {
  return ServiceOf(R"({
    "targetRef": {"apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "name": "r1"},
    "replicas": {"min": 1, "max": 4}
  })");
}

const Json kMetadata = Json::parse(R"({
  "namespace": "prod",
  "name": "chat",
  "labels": {
    "app.kubernetes.io/name": "chat",
    "app.kubernetes.io/managed-by": "deepseek-operator",
    "deepseek-operator.dev/service": "chat"
  },
  "ownerReferences": [{
    "apiVersion": "deepseek-operator.dev/v1alpha1", "kind": "DeepSeekService", "name": "chat", "uid": "u-1",
    "controller": true, "blockOwnerDeletion": true
  }]
})");

TEST(Deployment, HoldsExactlyTheFieldsThatWeOwn) {
  const Json spec = Json::parse(R"({
    "selector": {"matchLabels": {"deepseek-operator.dev/service": "chat"}},
    "template": {
      "metadata": {"labels": {
        "app.kubernetes.io/name": "chat",
        "app.kubernetes.io/managed-by": "deepseek-operator",
        "deepseek-operator.dev/service": "chat"
      }},
      "spec": {"containers": [{"name": "server", "ports": [{"name": "http", "containerPort": 8000}]}]}
    }
  })");
  EXPECT_EQ(Deployment(SmallService(), ""), (Json{{"metadata", kMetadata}, {"spec", spec}}));
}

TEST(Deployment, NeverHasAReplicaCount) {
  EXPECT_FALSE(Deployment(SmallService(), "")["spec"].contains("replicas"));
  EXPECT_FALSE(Deployment(ServiceOf(api::test::FullSpec().dump().c_str()), "")["spec"].contains("replicas"));
}

TEST(Deployment, HandsStrategyAndMinReadySecondsThrough) {
  const Json spec = Deployment(ServiceOf(api::test::FullSpec().dump().c_str()), "")["spec"];
  EXPECT_EQ(spec["strategy"], Json::parse(R"({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})"));
  EXPECT_EQ(spec["minReadySeconds"], 10);
}

TEST(Deployment, KeepsThePersonsLabelsAndOursWin) {
  const Json metadata = Deployment(ServiceOf(R"({
    "template": {
      "metadata": {
        "labels": {"team": "search", "deepseek-operator.dev/service": "other", "app.kubernetes.io/name": "mine"},
        "annotations": {"sidecar": "off"}
      },
      "spec": {"containers": [{"name": "server"}]}
    },
    "replicas": {"max": 9}
  })"),
                                   "")["spec"]["template"]["metadata"];
  EXPECT_EQ(metadata, Json::parse(R"({
    "labels": {
      "team": "search",
      "app.kubernetes.io/name": "chat",
      "app.kubernetes.io/managed-by": "deepseek-operator",
      "deepseek-operator.dev/service": "chat"
    },
    "annotations": {"sidecar": "off"}
  })"));
}

TEST(Deployment, ItsSelectorMatchesItsPods) {
  const Json spec = Deployment(SmallService(), "")["spec"];
  for (const auto& [label, value] : spec["selector"]["matchLabels"].items()) {
    EXPECT_EQ(spec["template"]["metadata"]["labels"].value(label, ""), value);
  }
}

TEST(HorizontalPodAutoscaler, ScalesOurDeploymentOnCpuByDefault) {
  const Json spec = Json::parse(R"({
    "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "chat"},
    "minReplicas": 5,
    "maxReplicas": 12,
    "metrics": [{
      "type": "Resource",
      "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    }],
    "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}}
  })");
  EXPECT_EQ(HorizontalPodAutoscaler(SmallService(), {5, 12}), (Json{{"metadata", kMetadata}, {"spec", spec}}));
}

TEST(HorizontalPodAutoscaler, HandsMetricsAndBehaviorThrough) {
  const Json spec = HorizontalPodAutoscaler(ServiceOf(api::test::FullSpec().dump().c_str()), {3, 12})["spec"];
  EXPECT_EQ(spec["metrics"], Json::parse(R"([{"type": "Resource", "resource": {"name": "cpu"}}])"));
  EXPECT_EQ(spec["behavior"], Json::parse(R"({"scaleDown": {"stabilizationWindowSeconds": 120}})"));
}

TEST(HorizontalPodAutoscaler, ScalesAnAdoptedTarget) {
  const Json object = HorizontalPodAutoscaler(AdoptingService(), {1, 12});
  EXPECT_EQ(object["metadata"], kMetadata);
  EXPECT_EQ(object["spec"]["scaleTargetRef"], Json::parse(R"({
    "apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "name": "r1"
  })"));
}

TEST(Service, SelectsThePodsOnTheDeclaredPort) {
  const Json spec = Json::parse(R"({
    "type": "ClusterIP",
    "selector": {"deepseek-operator.dev/service": "chat"},
    "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": "http"}]
  })");
  EXPECT_EQ(Service(SmallService()), (Json{{"metadata", kMetadata}, {"spec", spec}}));
}

TEST(Service, ATargetPortThatIsANumberStaysOne) {
  const Json service = Service(ServiceOf(R"({
    "template": {"spec": {"containers": [{"name": "server"}]}},
    "service": {"port": 80, "targetPort": 8000},
    "replicas": {"max": 9}
  })"));
  EXPECT_EQ(service["spec"]["ports"][0]["targetPort"], 8000);
}

TEST(ScaleTarget, IsOurDeploymentOrTheTargetRef) {
  EXPECT_EQ(ScaleTarget(SmallService()), (api::TargetRef{"apps/v1", "Deployment", "chat"}));
  EXPECT_EQ(ScaleTarget(AdoptingService()), (api::TargetRef{"leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "r1"}));
}

TEST(Rendering, IsDeterministic) {
  EXPECT_EQ(Deployment(SmallService(), "").dump(), Deployment(SmallService(), "").dump());
  EXPECT_EQ(HorizontalPodAutoscaler(SmallService(), {2, 12}).dump(),
            HorizontalPodAutoscaler(SmallService(), {2, 12}).dump());
}

}  // namespace
}  // namespace dso::render
