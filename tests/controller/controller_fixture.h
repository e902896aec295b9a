// A controller with its API server and its Prometheus, for the tests of operator/controller.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "controller/controller.h"
#include "runtime/fenced_transport.h"
#include "tests/controller/tiny_api_server.h"
#include "tests/prom/fake_prometheus.h"
#include "tests/support/fake_loop.h"

namespace dso::controller::test {

inline constexpr const char* kServicePath =
    "/apis/deepseek-operator.dev/v1alpha1/namespaces/prod/deepseekservices/chat";
inline constexpr const char* kDeploymentPath = "/apis/apps/v1/namespaces/prod/deployments/chat";
inline constexpr const char* kAutoscalerPath = "/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers/chat";

class ControllerTest : public testing::Test {
 protected:
  explicit ControllerTest(WallTime now = FakeLoop::kDefaultStart) : loop_(now) {
    leadership_.LeadUntil(SteadyTime::max());
  }

  void TearDown() override { Stop(); }
  // Its servers have been added.
  void Start(milliseconds for_time = std::chrono::minutes(1)) {
    controller_.emplace(loop_, client_, source_, metrics_, health_, leadership_, board_, options_);
    stop_ = std::stop_source();
    ended_ = false;
    Spawn(Run());
    loop_.Advance(for_time);
  }
  void Stop() {
    stop_.request_stop();
    loop_.Advance(longest_stop_);
    EXPECT_TRUE(ended_);
    EXPECT_EQ(server_.transport.in_flight(), 0);
  }
  // What another process does after the one that was there.
  void Restart(milliseconds for_time = std::chrono::minutes(1)) {
    Stop();
    Start(for_time);
  }
  void AddPrometheus(const char* name = "default", bool allow_custom_queries = false) {
    prom::ServerConfig server;
    server.name = name;
    server.url = "http://prometheus:9090";
    server.allow_custom_queries = allow_custom_queries;
    ASSERT_TRUE(source_.AddServer(server, prometheus_transport_).ok());
  }
  void TakePrometheusAway() {
    prometheus_transport_.set_handler([](const http::Request&) -> Result<http::FakeReply> {
      return Error{ErrorCode::kUnavailable, "no route"};
    });
  }
  void BringPrometheusBack() { prometheus_transport_.set_handler(prometheus_.Handler()); }
  // Queries that Prometheus was asked and that `is_meant`.
  size_t CountQueries(const std::function<bool(const std::string&)>& is_meant) const {
    const auto& requests = prometheus_transport_.requests();
    return std::count_if(requests.begin(), requests.end(), [&](const http::Request& request) {
      return is_meant(prom::FakePrometheus::ParseForm(request.body)["query"]);
    });
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
  // Deployments, and their /scale: for targets.
  void ServeDiscovery() {
    server_.Put("/apis/apps/v1", kube::Json::parse(R"({"resources": [
      {"name": "deployments", "kind": "Deployment"}, {"name": "deployments/scale", "kind": "Scale"}]})"));
  }
  // Somebody else's write.
  void Change(const std::string& path, const kube::Json& change) {
    kube::Json object = server_.objects.at(path);
    object.merge_patch(change);
    server_.Put(path, std::move(object));
  }
  void ChangeSpec(const kube::Json& spec, const std::string& path = kServicePath) {
    const int64_t generation = server_.objects.at(path)["metadata"]["generation"];
    Change(path, {{"metadata", {{"generation", generation + 1}}}, {"spec", spec}});
    loop_.Advance(std::chrono::seconds(1));
  }
  void Delete() { Change(kServicePath, {{"metadata", {{"deletionTimestamp", "2026-12-01T10:00:00Z"}}}}); }
  const kube::Json& At(const std::string& path) const { return server_.objects.at(path); }
  int Floor() const { return At(kAutoscalerPath)["spec"]["minReplicas"]; }
  // "" where there is no such condition.
  std::string Condition(const char* type, const char* field, const std::string& path = kServicePath) const {
    const kube::Json& status = server_.objects.at(path).value("status", kube::Json::object());
    for (const kube::Json& condition : status.value("conditions", kube::Json::array())) {
      if (condition["type"] == type) return condition[field];
    }
    return "";
  }
  // "True Applied"
  std::string Verdict(const char* type, const std::string& path = kServicePath) const {
    const std::string status = Condition(type, "status", path);
    return status.empty() ? status : status + " " + Condition(type, "reason", path);
  }

  FakeLoop loop_;
  TinyApiServer server_{loop_};
  runtime::Leadership leadership_{loop_};
  rpc::Board board_;
  runtime::FencedTransport fenced_{server_.transport, leadership_};
  kube::Client client_{fenced_};
  prom::FakePrometheus prometheus_;
  http::FakeTransport prometheus_transport_{loop_, prometheus_.Handler()};
  prom::DemandSource source_{loop_};
  telemetry::Metrics metrics_;
  telemetry::Health health_{[] { return std::chrono::nanoseconds(0); }, {kCachesCheck}};
  ControllerOptions options_;
  // Slow servers are waited for: a write in hand is finished.
  milliseconds longest_stop_ = std::chrono::seconds(1);

 private:
  Task<void> Run() {
    co_await controller_->Run(stop_.get_token());
    ended_ = true;
  }

  std::optional<Controller> controller_;  // made when the source knows its servers
  std::stop_source stop_;
  bool ended_ = false;
};

}  // namespace dso::controller::test
