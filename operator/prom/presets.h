// The queries that read demand from engines that people run, one for *all* services of a server. Pure, thread-safe.
//
// Rendered with the default labels, the preset deepseek asks:
//
//   demand     sum by (namespace, service) (rate(deepseek_api_requests_total[2m]))
//   rejected   sum by (namespace, service) (rate(deepseek_api_requests_total{code=~"429|503"}[2m]))
//   freshness  max by (namespace, service) (timestamp(deepseek_api_requests_total))
//   targets    max by (namespace, service) (up * timestamp(up))
//   counts     count_values by (namespace, service) ("up", up)
//
// With namespaces given, each selector has a matcher of them: deepseek_api_requests_total{namespace=~"prod|staging"}.
//
// vllm and sglang ask for waiting in place of rejected. Where some service has its response time measured:
//
//   response time  sum by (namespace, service) (rate(deepseek_api_latency_seconds_sum[1h]))
//                  / sum by (namespace, service) (rate(deepseek_api_latency_seconds_count[1h]))
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "prom/labels.h"

namespace dso::prom {

enum class Preset { kDeepseek, kVllm, kSglang };
inline constexpr std::array<Preset, 3> kPresets = {Preset::kDeepseek, Preset::kVllm, Preset::kSglang};

std::string_view ToString(Preset preset);  // "deepseek"
Result<Preset> ParsePreset(std::string_view name);

enum class Unit { kRequestsPerSecond, kInFlight };
std::string_view ToString(Unit unit);  // "requests/s", "in flight"
Unit UnitOf(Preset preset);

// How far a rate looks back: several scrapes at the usual 15 s or 30 s, and still soon after a change.
inline constexpr seconds kRateWindow{120};
// The window that the preset's demand is averaged over; 0 for what is sampled.
milliseconds WindowOf(Preset preset);

// The histogram of response times, in seconds, from the arrival of a request to the end of its answer:
// "deepseek_api_latency_seconds".
std::string_view ResponseTimeMetric(Preset preset);
// What a mean response time is taken over: long enough that one busy minute does not move it.
inline constexpr std::chrono::hours kResponseTimeWindow{1};

struct PresetQueries {
  std::string demand;
  std::optional<std::string> rejected{};  // requests/s that were turned away with 429 or 503; part of the demand
  std::optional<std::string> waiting{};   // requests in a replica's queue, in flight; part of the demand

  // Mean seconds of a request over kResponseTimeWindow, each request counted once, whichever replica answered it. NaN
  // where none was answered.
  std::string response_time;

  // Seconds since 1970 of the newest sample that the demand rests on. A sample in an instant answer carries the time of
  // the evaluation, so the age has to be asked for. The newest, not the oldest: a replica that was scaled in may leave
  // a series that ends without a staleness marker, and that must not make the whole service look stale for five
  // minutes.
  std::string freshness;

  // Seconds since 1970 at which a target of the service was last seen up; 0 if all its targets are down. One up is
  // enough.
  std::string targets;

  // How many targets the service has in each state: its series carry the state as kUpLabel, "1" for up. One query in
  // place of sum(up) and count(up), which could be evaluated on different samples.
  std::string target_counts;
};

inline constexpr std::string_view kUpLabel = "up";

// For the services of `namespaces`; of all if there are none. kInvalidArgument if a label name or a namespace cannot
// stand in a query: nothing unchecked ever reaches PromQL.
Result<PresetQueries> RenderQueries(Preset preset, const LabelNames& labels,
                                    const std::vector<std::string>& namespaces = {});

}  // namespace dso::prom
