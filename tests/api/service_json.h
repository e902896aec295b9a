// Objects for the tests of operator/api.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "api/deepseek_service.h"

namespace dso::api::test {

inline constexpr std::string_view kTemplate =
    R"({"spec":{"containers":[{"name":"server","ports":[{"name":"http","containerPort":8000}]}]}})";

inline nlohmann::json ServiceWithSpec(nlohmann::json spec) {
  return {{"apiVersion", kApiVersion},
          {"kind", kKind},
          {"metadata", {{"namespace", "prod"}, {"name", "chat"}, {"uid", "u-1"}, {"generation", 3}}},
          {"spec", std::move(spec)}};
}

// The spec with nothing but what is required.
inline nlohmann::json LeastSpec() {
  return {{"template", nlohmann::json::parse(kTemplate)}, {"replicas", {{"max", 5}}}};
}

// A spec that uses every field of its kind of workload, demand and capacity.
inline nlohmann::json FullSpec() {
  return nlohmann::json::parse(R"json({
    "template": {"spec": {"containers": [{"name": "server", "ports": [{"name": "http", "containerPort": 8000}]}]}},
    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
    "minReadySeconds": 10,
    "service": {"port": 80, "targetPort": "http"},
    "replicas": {"min": 3, "max": 50},
    "autoscaling": {
      "metrics": [{"type": "Resource", "resource": {"name": "cpu"}}],
      "behavior": {"scaleDown": {"stabilizationWindowSeconds": 120}}
    },
    "demand": {"query": "sum(x{ns=\"{{namespace}}\"})", "unit": "requests/s", "prometheus": "eu"},
    "capacity": {"formula": {"cores": "8", "concurrencyPerCore": "4", "averageResponseTime": "1200ms", "safetyFactor": "2"}},
    "prediction": {
      "mode": "Shadow", "quantile": "0.95", "leadTime": "4m", "history": "21d", "seasons": ["168h", "1d"],
      "timeZone": "Asia/Shanghai",
      "events": [
        {"name": "launch", "start": "2026-12-01T09:00:00Z", "end": "2026-12-01T20:00:00+08:00", "multiplier": "2.5"},
        {"name": "market-open", "schedule": "30 9 * * 1-5", "timeZone": "Europe/London", "duration": "1h", "minReplicas": 20}
      ],
      "holidays": ["2027-01-01", "1970-01-02"],
      "maxRaisePerPeriod": {"replicas": 10, "percent": 200, "period": "2m"},
      "maxReleasePerPeriod": {"replicas": 2, "percent": 30, "period": "90s"}
    },
    "override": {"minReplicas": 40, "until": "2026-12-01T18:00:00Z", "reason": "incident 4711"},
    "deletionPolicy": "Retain",
    "podDisruptionBudget": {"maxUnavailable": "25%"},
    "connectionPools": [{
      "name": "orders-db",
      "backend": {
        "name": "mysql-orders", "maxConnections": 500, "reserved": 20, "sharePercent": 60, "idleLimit": "10m",
        "exporter": "mysql"
      },
      "processesPerReplica": 2, "perReplica": {"min": 3, "max": 50}, "holdTime": "300ms", "client": "hikari",
      "envPrefix": "ORDERS_"
    }],
    "istio": true
  })json");
}

// What is wrong with the spec; empty if nothing is.
inline std::string Complaint(const nlohmann::json& spec) {
  const auto service = FromJson(ServiceWithSpec(spec));
  if (!service) return "no service: " + service.error().message;
  return service->spec.ok() ? "" : service->spec.error().message;
}

}  // namespace dso::api::test
