// The flags of `deepseek-operator backtest`: what was written, and what it means. Thread-safe; reads the
// time zone database and nothing else.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "sim/backtest.h"

namespace CLI {
class App;
}

namespace dso::cli {

// As on the command line; empty where a flag is absent.
struct BacktestFlags {
  std::string trace;
  std::string prometheus;
  std::string query;
  std::string range;
  std::string step;
  std::string capacity_per_replica;
  std::string target_utilization;
  std::string hpa_target;
  std::string quantile;
  std::string startup;
  std::string lead;
  std::string warmup;
  std::string time_zone;
  std::string min_replicas;
  std::string max_replicas;
  std::string floor_out;
  std::string forecast_out;
  std::string json_out;
  std::string report_out;
};

// Makes `command` read its flags into `flags`, which must outlive the parsing.
void AddBacktestFlags(CLI::App& command, BacktestFlags& flags);

struct PrometheusSource {
  std::string url;
  std::string query;
  milliseconds range{};
  milliseconds step{};
};

struct BacktestRequest {
  std::string trace;  // a file, "-" for standard input; empty: `prometheus` is there
  std::optional<PrometheusSource> prometheus;
  sim::BacktestOptions options;  // capacity_per_replica is 0 where none was given
  std::string floor_out;         // files to write; empty: none
  std::string forecast_out;
  std::string json_out;
  std::string report_out;
};

// kInvalidArgument with the flag, its value and the remedy.
Result<BacktestRequest> Interpret(const BacktestFlags& flags);

}  // namespace dso::cli
