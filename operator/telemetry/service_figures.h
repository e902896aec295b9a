// What is known about one service now, for /metrics. Plain values. What is absent has no series: a gap, not a zero or
// the value of yesterday.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dso::telemetry {

struct ServiceFigures {
  struct Demand {
    std::string unit;  // "requests/s": also of the forecast and of the capacity
    std::optional<double> value{};
    std::optional<double> capacity_per_replica{};
  };
  struct Forecast {
    std::string quantile;  // "0.95", as the spec has it
    double demand = 0;     // that the highest demand within the lead stays below with this probability
    double expected = 0;
    std::optional<double> error_ratio{};
    std::optional<double> coverage_ratio{};
    double coverage_target_ratio = 0;
  };
  // Of an external forecaster.
  struct ExternalForecast {
    std::string forecaster;  // "prophet", as the operator's configuration names it
    std::string quantile;    // as above
    bool heeded = false;
    std::optional<double> demand{};  // as above; absent while it does not answer
    std::optional<double> expected{};
    std::optional<double> error_ratio{};
    std::optional<double> coverage_ratio{};
  };
  // What the floor has been worth in the simulated cluster of the last seven days.
  struct Score {
    double lost_demand_ratio_with = 0;
    double lost_demand_ratio_without = 0;
    double replica_seconds_with = 0;
    double replica_seconds_without = 0;
  };
  struct Pool {
    std::string name;
    std::string backend;
    int size = 0;         // connections of a replica
    int64_t planned = 0;  // of all pods at worst
    int64_t granted = 0;  // of the backend, for this pool
  };
  // By its exporter.
  struct Backend {
    std::optional<int> connections_used{};
    std::optional<int> connections_limit{};
  };
  struct Info {
    std::string mode;              // "Active"
    std::string demand_source;     // "preset deepseek", "query"; "" without
    std::string capacity_source;   // "Formula"; "" while it is not known
    std::string lead_time_source;  // "Learned"; "" without
  };

  std::optional<Info> info{};
  std::optional<int> floor_replicas{};         // mode Active
  std::optional<int> shadow_floor_replicas{};  // mode Shadow
  std::string floor_reason{};                  // "Forecast"; "" without a decision
  std::optional<int> hpa_min_replicas{};
  std::optional<int> min_replicas{};
  std::optional<int> max_replicas{};
  std::optional<int> replicas{};
  std::optional<int> ready_replicas{};
  std::optional<bool> override_active{};
  std::optional<Demand> demand{};
  std::optional<Forecast> forecast{};
  std::optional<ExternalForecast> external_forecast{};
  std::optional<double> lead_time_seconds{};
  std::optional<Score> score{};
  std::vector<Pool> pools{};
  std::map<std::string, Backend> backends{};        // by name
  std::map<std::string, std::string> conditions{};  // type → "true", "false" or "unknown"
};

}  // namespace dso::telemetry
