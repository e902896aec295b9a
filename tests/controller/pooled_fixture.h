// A service with a connection pool, for the tests of operator/controller.
#pragma once

#include <string>
#include <vector>

#include "tests/controller/controller_fixture.h"

namespace dso::controller::test {

// Pods exit at once, so 20 replicas are 25 pods in a rollout: of 60 connections, 5 of them reserved, each may have 2.
class PooledTest : public ControllerTest {
 protected:
  static kube::Json Orders(int max_connections = 60) {
    return {{"name", "orders-db"},
            {"backend", {{"name", "orders"}, {"maxConnections", max_connections}, {"reserved", 5}}},
            {"perReplica", {{"min", 1}, {"max", 20}}},
            {"holdTime", "300ms"}};
  }
  static kube::Json Pooled(kube::Json pool = Orders(), const std::string& name = "chat") {
    kube::Json service = Chat();
    service["metadata"]["name"] = name;
    service["metadata"]["uid"] = "u-" + name;
    service["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 0;
    service["spec"]["connectionPools"] = kube::Json::array({std::move(pool)});
    return service;
  }
  static std::string ConfigMapPath(const std::string& name) { return "/api/v1/namespaces/prod/configmaps/" + name; }
  static std::string DeploymentPath(const std::string& name) {
    return "/apis/apps/v1/namespaces/prod/deployments/" + name;
  }
  // That the pod template refers to; "" if to none.
  std::string InTemplate(const std::string& service = "chat") const {
    const kube::Json& container = At(DeploymentPath(service))["spec"]["template"]["spec"]["containers"][0];
    const kube::Json sources = container.value("envFrom", kube::Json::array());
    return sources.empty() ? std::string() : sources[0]["configMapRef"]["name"].get<std::string>();
  }
  std::string SizeInTemplate(const std::string& service = "chat") const {
    return At(ConfigMapPath(InTemplate(service)))["data"]["ORDERS_DB_MAX_CONNECTIONS"];
  }
  std::vector<std::string> ConfigMaps() const {
    std::vector<std::string> names;
    const std::string folder = ConfigMapPath("");
    for (const auto& [path, object] : server_.objects) {
      if (path.starts_with(folder)) names.push_back(path.substr(folder.size()));
    }
    return names;
  }
  // Of objects of this resource, events left out.
  std::vector<std::string> WritesOf(const std::string& plural) const {
    std::vector<std::string> writes;
    for (const std::string& write : server_.writes) {
      if (write.find("/" + plural + "/") != write.npos) writes.push_back(write);
    }
    return writes;
  }
};

}  // namespace dso::controller::test
