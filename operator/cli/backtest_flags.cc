#include "cli/backtest_flags.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/decimal.h"
#include "http/url.h"
#include "zones/zones.h"

namespace dso::cli {
namespace {

constexpr milliseconds kDefaultRange = std::chrono::days(14);
constexpr milliseconds kLongestRangeByMinutes = std::chrono::days(31);
constexpr int kMostReplicas = 100'000'000;
constexpr double kLeastQuantile = 0.5;  // of the forecaster
constexpr double kMostQuantile = 0.999;

Error Refused(std::string_view flag, std::string_view value, std::string_view remedy) {
  return InvalidArgument(fmt::format("{} is \"{}\"; {}", flag, value, remedy));
}

// The flag's value where it was given, else what `target` holds already.
Status ReadDuration(std::string_view flag, const std::string& text, milliseconds shortest, milliseconds& target) {
  if (text.empty()) return {};
  const Result<milliseconds> duration = ParseDuration(text);
  if (!duration) return Error(duration.error()).WithContext(flag);
  if (*duration < shortest) return Refused(flag, text, fmt::format("give at least {}", FormatDuration(shortest)));
  target = *duration;
  return {};
}

// "0.7" or "70%".
Status ReadShare(std::string_view flag, const std::string& text, double& target) {
  if (text.empty()) return {};
  const bool percent = text.ends_with('%');
  const Result<double> number = ParseDecimal(std::string_view(text).substr(0, text.size() - (percent ? 1 : 0)));
  const double share = !number ? 0 : percent ? *number / 100 : *number;
  if (!(share > 0 && share <= 1)) return Refused(flag, text, "give a share above 0 and at most 1, such as 0.7 or 70%");
  target = share;
  return {};
}

Status ReadHpaTarget(const std::string& text, double& target) {
  if (Status read = ReadShare("--hpa-target", text, target); !read) return read;
  const double percent = target * 100;
  if (std::abs(percent - std::round(percent)) > 1e-6 || percent < 0.5) {
    return Refused("--hpa-target", text, "an HPA's averageUtilization is a whole percent: give 0.7 or 70%");
  }
  return {};
}

Status ReadQuantile(const std::string& text, double& target) {
  if (text.empty()) return {};
  const Result<double> quantile = ParseDecimal(text);
  if (!quantile || *quantile < kLeastQuantile || *quantile > kMostQuantile) {
    return Refused("--quantile", text, "give a number from 0.5 to 0.999");
  }
  target = *quantile;
  return {};
}

Status ReadCapacity(const std::string& text, double& target) {
  if (text.empty()) return {};
  const Result<double> capacity = ParseDecimal(text);
  if (!capacity || *capacity <= 0) {
    return Refused("--capacity-per-replica", text,
                   "give what one replica serves at 100 % CPU, in the unit of the trace: a number above 0");
  }
  target = *capacity;
  return {};
}

Status ReadReplicas(std::string_view flag, const std::string& text, int& target) {
  if (text.empty()) return {};
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, target);
  if (code != std::errc() || stop != end || target < 1 || target > kMostReplicas) {
    return Refused(flag, text, fmt::format("give a whole number from 1 to {}", kMostReplicas));
  }
  return {};
}

Status ReadReplicaBounds(const BacktestFlags& flags, sim::BacktestOptions& options) {
  if (Status read = ReadReplicas("--min", flags.min_replicas, options.min_replicas); !read) return read;
  // Only what was given can contradict.
  if (flags.max_replicas.empty()) options.max_replicas = std::max(options.max_replicas, options.min_replicas);
  if (Status read = ReadReplicas("--max", flags.max_replicas, options.max_replicas); !read) return read;
  if (options.max_replicas >= options.min_replicas) return {};
  return Refused("--max", flags.max_replicas, fmt::format("give at least --min, {}", options.min_replicas));
}

Status ReadTimeZone(const std::string& text, forecast::Calendar& calendar) {
  if (text.empty()) return {};
  auto clock = zones::ClockOf(text);
  if (!clock) return std::move(clock).error().WithContext("--time-zone");
  calendar = forecast::Calendar(*std::move(clock), {});
  return {};
}

Status CheckLead(const BacktestFlags& flags, const sim::BacktestOptions& options) {
  constexpr milliseconds kLongestLead = std::chrono::hours(6);  // as for spec.prediction.leadTime
  return options.lead <= kLongestLead ? Status() : Status(Refused("--lead", flags.lead, "give at most 6h"));
}

Status ReadOptions(const BacktestFlags& flags, sim::BacktestOptions& options) {
  constexpr milliseconds kShortestLead = seconds(1);
  for (Status read : {ReadCapacity(flags.capacity_per_replica, options.capacity_per_replica),
                      ReadShare("--target-utilization", flags.target_utilization, options.policy.floor_target),
                      ReadHpaTarget(flags.hpa_target, options.policy.hpa_target),
                      ReadQuantile(flags.quantile, options.policy.quantile),
                      ReadDuration("--startup", flags.startup, milliseconds(0), options.startup),
                      ReadDuration("--lead", flags.lead, kShortestLead, options.lead), CheckLead(flags, options),
                      ReadDuration("--warmup", flags.warmup, milliseconds(0), options.warmup),
                      ReadReplicaBounds(flags, options), ReadTimeZone(flags.time_zone, options.calendar)}) {
    if (!read) return read;
  }
  return {};
}

Status ReadSource(const BacktestFlags& flags, BacktestRequest& request) {
  request.trace = flags.trace;
  if (!flags.trace.empty() && !flags.prometheus.empty()) {
    return InvalidArgument(
        fmt::format("TRACE {} and --prometheus {} are both given; give one of the two", flags.trace, flags.prometheus));
  }
  if (flags.prometheus.empty()) {
    if (flags.trace.empty()) {
      return InvalidArgument("there is nothing to replay; give a CSV file, \"-\" for standard input, or --prometheus");
    }
    for (const auto& [flag, value] :
         {std::pair("--query", &flags.query), std::pair("--range", &flags.range), std::pair("--step", &flags.step)}) {
      if (!value->empty()) return Refused(flag, *value, "it goes with --prometheus only, not with a file");
    }
    return {};
  }
  if (const auto url = http::ParseUrl(flags.prometheus); !url) return Error(url.error()).WithContext("--prometheus");
  if (flags.query.empty()) {
    return InvalidArgument("--query is missing; give the PromQL whose one series is the demand of the service");
  }
  PrometheusSource source{.url = flags.prometheus, .query = flags.query, .range = kDefaultRange};
  if (Status read = ReadDuration("--range", flags.range, std::chrono::hours(1), source.range); !read) return read;
  source.step = source.range > kLongestRangeByMinutes ? std::chrono::minutes(5) : std::chrono::minutes(1);
  if (Status read = ReadDuration("--step", flags.step, seconds(1), source.step); !read) return read;
  request.prometheus = std::move(source);
  return {};
}

}  // namespace

void AddBacktestFlags(CLI::App& command, BacktestFlags& flags) {
  const auto add = [&command](const char* group, const char* name, const char* type, std::string& value,
                              const char* description) {
    command.add_option(name, value, description)->type_name(type)->group(group);
  };
  const char* const input = "The history";
  command.add_option("trace", flags.trace, "CSV file of timestamp,value rows; \"-\" reads standard input")
      ->type_name("TRACE.csv");
  add(input, "--prometheus", "URL", flags.prometheus, "read the history from this Prometheus server instead");
  add(input, "--query", "PROMQL", flags.query, "whose one series is the demand");
  add(input, "--range", "DURATION", flags.range, "until now (14d)");
  add(input, "--step", "DURATION", flags.step, "between samples (1m; 5m for a range above 31d)");
  add(input, "--warmup", "DURATION", flags.warmup, "at the start of the history: learned from, not judged (7d)");
  add(input, "--time-zone", "NAME", flags.time_zone, "whose clock the seasons follow, as in Europe/Berlin (UTC)");

  const char* const workload = "The workload";
  add(workload, "--capacity-per-replica", "NUMBER", flags.capacity_per_replica,
      "what a replica serves at 100 % CPU, in the unit of the history (a fortieth of its peak)");
  add(workload, "--startup", "DURATION", flags.startup, "from the creation of a pod until it is ready (300s)");
  add(workload, "--min", "REPLICAS", flags.min_replicas, "spec.replicas.min (1)");
  add(workload, "--max", "REPLICAS", flags.max_replicas, "spec.replicas.max (100)");

  const char* const policy = "The policy";
  add(policy, "--hpa-target", "SHARE", flags.hpa_target, "CPU utilisation that the HPA aims at (0.7)");
  add(policy, "--target-utilization", "SHARE", flags.target_utilization, "utilisation that the floor plans with (0.7)");
  add(policy, "--quantile", "SHARE", flags.quantile, "of the maximum of demand over the lead, 0.5 to 0.999 (0.9)");
  add(policy, "--lead", "DURATION", flags.lead,
      "how far ahead the floor looks (startup + 45s: sync, HPA and age of the demand)");

  const char* const output = "Files to write";
  add(output, "--report", "OUT.html", flags.report_out, "the report, with what other policies would have cost");
  add(output, "--json", "OUT.json", flags.json_out, "the same figures for programs");
  add(output, "--floor-out", "OUT.csv", flags.floor_out, "timestamp,replicas: the floor at each change");
  add(output, "--forecast-out", "OUT.csv", flags.forecast_out, "issued,target,expected,quantile: each forecast");
}

Result<BacktestRequest> Interpret(const BacktestFlags& flags) {
  BacktestRequest request;
  if (Status read = ReadSource(flags, request); !read) return std::move(read).error();
  if (Status read = ReadOptions(flags, request.options); !read) return std::move(read).error();
  request.floor_out = flags.floor_out;
  request.forecast_out = flags.forecast_out;
  request.json_out = flags.json_out;
  request.report_out = flags.report_out;
  return request;
}

}  // namespace dso::cli
