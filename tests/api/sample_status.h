// The status that tests/integration/crd/status.json is the JSON of.
#pragma once

#include "api/status.h"

namespace dso::api::test {

inline ServiceStatus SampleStatus() {
  const auto at = [](const char* clock) { return *ParseTime(std::string("2026-12-01T") + clock + "Z"); };
  ServiceStatus status;
  status.observed_generation = 3;
  status.replicas = 9;
  status.ready_replicas = 8;
  status.floor = FloorStatus{11, 11, 8, 6, "Forecast", at("09:30:00")};
  status.explanation =
      "at least 11 replicas: forecast q0.90 of the peak until 09:35 is 192 requests/s / 17.8 requests/s a replica "
      "(learned)";
  status.demand = DemandStatus{131.2, "requests/s", at("09:30:10"), "preset deepseek"};
  status.forecast = ForecastStatus{"day+week Holt-Winters, AR(1)",
                                   171.1,
                                   192,
                                   at("09:35:00"),
                                   4.2,
                                   90.6,
                                   std::chrono::days(27) + std::chrono::hours(22),
                                   at("11:05:00"),
                                   228};
  status.external_forecast = ExternalForecastStatus{"prophet", "prophet 1.1", 181, 201, 5.1};
  status.capacity = CapacityStatus{17.8, "Learned", 23.7, "41 minutes near the limit of 6 days"};
  status.capacity->cores = 8;
  status.capacity->cores_from = "Limits";
  status.capacity->average_response_time = milliseconds(1200);
  status.capacity->average_response_time_from = "Measured";
  status.lead_time = LeadTimeStatus{seconds(282), "Learned", seconds(252), 17, seconds(2), seconds(50), seconds(160)};
  status.score = ScoreStatus{"of what the HPA alone would have lost, 71 % was served, for 4.5 % less replica-hours", 71,
                             -4.5, std::chrono::days(6) + std::chrono::hours(23)};
  status.connection_pools = {PoolStatus{"orders-db", "mysql-orders", 5, 9, 440, 480,
                                        "5 of 9 that would be useful: 480 connections, 88 pods at worst", 212, 500},
                             PoolStatus{"sessions-db", "postgres-sessions", 1, 1, 88, 95,
                                        "1 is what a replica has work for", std::nullopt, std::nullopt}};
  status.pool_pods = PoolPodsStatus{50, 13, 25, 2};
  status.pool_config_map = "chat-pools-5f7c9";
  status.recent_decisions = {{at("09:30:00"), 9, 11, "Forecast", "the peak until 09:35 needs 11"},
                             {at("09:00:00"), 3, 9, "Reactive", "the demand of now needs 9"}};
  SetCondition(status.conditions, kReady, ConditionStatus::kFalse, "ReplicasNotReady",
               "8 of 9 replicas are ready; see the pods of Deployment chat", 3, at("09:30:05"));
  SetCondition(status.conditions, kAccepted, ConditionStatus::kTrue, "Valid", "", 3,
               *ParseTime("2026-11-30T08:00:00Z"));
  return status;
}

}  // namespace dso::api::test
