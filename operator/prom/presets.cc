#include "prom/presets.h"

#include <fmt/format.h>

namespace dso::prom {
namespace {

struct Definition {
  std::string_view name;
  Unit unit;
  milliseconds window;
  std::string_view demand;    // per series; it is summed up by service
  std::string_view rejected;  // the same; empty: the engine does not count them
  std::string_view waiting;   // the same
  std::string_view freshness_metric;
  std::string_view response_time_metric;  // a histogram
};

constexpr Definition kDeepseek = {
    .name = "deepseek",
    .unit = Unit::kRequestsPerSecond,
    .window = kRateWindow,
    .demand = "rate(deepseek_api_requests_total[2m])",
    .rejected = R"(rate(deepseek_api_requests_total{code=~"429|503"}[2m]))",
    .waiting = "",
    .freshness_metric = "deepseek_api_requests_total",
    .response_time_metric = "deepseek_api_latency_seconds",
};
constexpr Definition kVllm = {
    .name = "vllm",
    .unit = Unit::kInFlight,
    .window = seconds(0),
    .demand = "vllm:num_requests_running + vllm:num_requests_waiting",
    .rejected = "",
    .waiting = "vllm:num_requests_waiting",
    .freshness_metric = "vllm:num_requests_running",
    .response_time_metric = "vllm:e2e_request_latency_seconds",
};
constexpr Definition kSglang = {
    .name = "sglang",
    .unit = Unit::kInFlight,
    .window = seconds(0),
    .demand = "sglang:num_running_reqs + sglang:num_queue_reqs",
    .rejected = "",
    .waiting = "sglang:num_queue_reqs",
    .freshness_metric = "sglang:num_running_reqs",
    .response_time_metric = "sglang:e2e_request_latency_seconds",
};
static_assert(kRateWindow == std::chrono::minutes(2), "the queries above write it as [2m]");
static_assert(kResponseTimeWindow == std::chrono::hours(1), "RenderQueries writes it as [1h]");

const Definition& DefinitionOf(Preset preset) {
  switch (preset) {
    case Preset::kDeepseek: return kDeepseek;
    case Preset::kVllm: return kVllm;
    case Preset::kSglang: return kSglang;
  }
  return kDeepseek;
}

}  // namespace

std::string_view ToString(Preset preset) { return DefinitionOf(preset).name; }

Result<Preset> ParsePreset(std::string_view name) {
  for (const Preset preset : kPresets) {
    if (ToString(preset) == name) return preset;
  }
  return InvalidArgument(fmt::format("\"{}\" is not a preset: use deepseek, vllm or sglang, or a query.", name));
}

std::string_view ToString(Unit unit) { return unit == Unit::kRequestsPerSecond ? "requests/s" : "in flight"; }

Unit UnitOf(Preset preset) { return DefinitionOf(preset).unit; }

milliseconds WindowOf(Preset preset) { return DefinitionOf(preset).window; }

std::string_view ResponseTimeMetric(Preset preset) { return DefinitionOf(preset).response_time_metric; }

Result<PresetQueries> RenderQueries(Preset preset, const LabelNames& labels) {
  if (Status status = Validate(labels); !status) return std::move(status).error();
  const Definition& definition = DefinitionOf(preset);
  const std::string by = fmt::format("by ({}, {})", labels.namespace_label, labels.service_label);
  PresetQueries queries;
  queries.demand = fmt::format("sum {} ({})", by, definition.demand);
  if (!definition.rejected.empty()) queries.rejected = fmt::format("sum {} ({})", by, definition.rejected);
  if (!definition.waiting.empty()) queries.waiting = fmt::format("sum {} ({})", by, definition.waiting);
  queries.response_time =
      fmt::format("sum {0} (rate({1}_sum[1h])) / sum {0} (rate({1}_count[1h]))", by, definition.response_time_metric);
  queries.freshness = fmt::format("max {} (timestamp({}))", by, definition.freshness_metric);
  queries.targets = fmt::format("max {} (up * timestamp(up))", by);
  queries.target_counts = fmt::format("count_values {} (\"{}\", up)", by, kUpLabel);
  return queries;
}

}  // namespace dso::prom
