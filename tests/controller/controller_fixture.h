// A controller and its API server, for the tests of operator/controller.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "controller/controller.h"
#include "tests/controller/tiny_api_server.h"
#include "tests/support/fake_loop.h"

namespace dso::controller::test {

inline constexpr const char* kServicePath =
    "/apis/deepseek-operator.dev/v1alpha1/namespaces/prod/deepseekservices/chat";
inline constexpr const char* kDeploymentPath = "/apis/apps/v1/namespaces/prod/deployments/chat";
inline constexpr const char* kAutoscalerPath = "/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers/chat";

class ControllerTest : public testing::Test {
 protected:
  void TearDown() override {
    stop_.request_stop();
    loop_.Advance(std::chrono::seconds(1));
    EXPECT_TRUE(ended_);
    EXPECT_EQ(server_.transport.in_flight(), 0);
  }
  void Start() {
    Spawn(Run());
    loop_.Advance(std::chrono::minutes(1));
  }
  Task<void> Run() {
    co_await controller_.Run(stop_.get_token());
    ended_ = true;
  }
  static kube::Json Chat() {
    return kube::Json::parse(R"({
      "apiVersion": "deepseek-operator.dev/v1alpha1",
      "kind": "DeepSeekService",
      "metadata": {"namespace": "prod", "name": "chat", "uid": "u-chat", "generation": 1},
      "spec": {
        "template": {"spec": {"containers": [{"name": "server", "image": "v1"}]}},
        "replicas": {"min": 2, "max": 20}
      }
    })");
  }
  // Somebody else's write.
  void Change(const std::string& path, const kube::Json& change) {
    kube::Json object = server_.objects.at(path);
    object.merge_patch(change);
    server_.Put(path, std::move(object));
  }
  void ChangeSpec(const kube::Json& spec) {
    const int64_t generation = server_.objects.at(kServicePath)["metadata"]["generation"];
    Change(kServicePath, {{"metadata", {{"generation", generation + 1}}}, {"spec", spec}});
    loop_.Advance(std::chrono::seconds(1));
  }
  void Delete() { Change(kServicePath, {{"metadata", {{"deletionTimestamp", "2026-12-01T10:00:00Z"}}}}); }
  const kube::Json& At(const std::string& path) const { return server_.objects.at(path); }
  std::string Condition(const char* type, const char* field) const {
    const kube::Json& status = server_.objects.at(kServicePath).value("status", kube::Json::object());
    for (const kube::Json& condition : status.value("conditions", kube::Json::array())) {
      if (condition["type"] == type) return condition[field];
    }
    return "";
  }

  FakeLoop loop_;
  TinyApiServer server_{loop_};
  kube::Client client_{server_.transport};
  prom::DemandSource source_{loop_};
  telemetry::Metrics metrics_;
  telemetry::Health health_{[] { return std::chrono::nanoseconds(0); }, {kCachesCheck}};
  Controller controller_{loop_, client_, source_, metrics_, health_, {}};
  std::stop_source stop_;
  bool ended_ = false;
};

}  // namespace dso::controller::test
