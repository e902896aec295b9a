#include "prom/presets.h"

#include <fmt/format.h>

#include <vector>

#include "prom/namespaces.h"

namespace dso::prom {
namespace {

struct Definition {
  std::string_view name;
  Unit unit;
  milliseconds window;
  std::string_view demand;    // per series, with selectors as WithMatcher wants them; it is summed up by service
  std::string_view rejected;  // the same; empty: the engine does not count them
  std::string_view waiting;   // the same
  std::string_view freshness_metric;
  std::string_view response_time_metric;  // a histogram
};

constexpr Definition kDeepseek = {
    .name = "deepseek",
    .unit = Unit::kRequestsPerSecond,
    .window = kRateWindow,
    .demand = "rate(deepseek_api_requests_total{}[2m])",
    .rejected = R"(rate(deepseek_api_requests_total{code=~"429|503"}[2m]))",
    .waiting = "",
    .freshness_metric = "deepseek_api_requests_total",
    .response_time_metric = "deepseek_api_latency_seconds",
};
constexpr Definition kVllm = {
    .name = "vllm",
    .unit = Unit::kInFlight,
    .window = seconds(0),
    .demand = "vllm:num_requests_running{} + vllm:num_requests_waiting{}",
    .rejected = "",
    .waiting = "vllm:num_requests_waiting{}",
    .freshness_metric = "vllm:num_requests_running",
    .response_time_metric = "vllm:e2e_request_latency_seconds",
};
constexpr Definition kSglang = {
    .name = "sglang",
    .unit = Unit::kInFlight,
    .window = seconds(0),
    .demand = "sglang:num_running_reqs{} + sglang:num_queue_reqs{}",
    .rejected = "",
    .waiting = "sglang:num_queue_reqs{}",
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

Result<PresetQueries> RenderQueries(Preset preset, const LabelNames& labels,
                                    const std::vector<std::string>& namespaces) {
  const Result<std::string> matcher = NamespaceMatcher(labels, namespaces);
  if (!matcher) return matcher.error();
  const Definition& definition = DefinitionOf(preset);
  const std::string by = fmt::format("by ({}, {})", labels.namespace_label, labels.service_label);
  const auto sum = [&](std::string_view series) {
    return WithMatcher(fmt::format("sum {} ({})", by, series), *matcher);
  };
  PresetQueries queries;
  queries.demand = sum(definition.demand);
  if (!definition.rejected.empty()) queries.rejected = sum(definition.rejected);
  if (!definition.waiting.empty()) queries.waiting = sum(definition.waiting);
  const std::string_view response_time = definition.response_time_metric;
  queries.response_time = fmt::format("{} / {}", sum(fmt::format("rate({}_sum{{}}[1h])", response_time)),
                                      sum(fmt::format("rate({}_count{{}}[1h])", response_time)));
  queries.freshness = WithMatcher(fmt::format("max {} (timestamp({}{{}}))", by, definition.freshness_metric), *matcher);
  queries.targets = WithMatcher(fmt::format("max {} (up{{}} * timestamp(up{{}}))", by), *matcher);
  queries.target_counts = WithMatcher(fmt::format("count_values {} (\"{}\", up{{}})", by, kUpLabel), *matcher);
  return queries;
}

}  // namespace dso::prom
