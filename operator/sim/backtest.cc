#include "sim/backtest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sim/accuracy.h"
#include "sim/hpa.h"
#include "sim/replay.h"
#include "sim/simulation.h"

namespace dso::sim {
namespace {

using forecast::Sample;

constexpr milliseconds kSyncPeriod = seconds(15);  // of the operator
constexpr milliseconds kDemandAge = seconds(15);   // of what a live operator knows: a scrape
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double PeakOf(const Trace& trace) {
  const auto by_value = [](const Sample& a, const Sample& b) { return a.value < b.value; };
  return std::max_element(trace.samples.begin(), trace.samples.end(), by_value)->value;
}

// One moment a sample after the warm-up.
std::vector<Moment> Timeline(const Trace& trace, const BacktestRun& run, const Simulation& alone,
                             const Simulation& with_floor, milliseconds step) {
  std::vector<Moment> timeline;
  size_t next_forecast = 0;
  size_t next_change = 0;
  int floor = 0;
  for (size_t i = 0; i < trace.samples.size(); ++i) {
    const Sample& sample = trace.samples[i];
    while (next_change < run.floor.size() && run.floor[next_change].at <= sample.at) {
      floor = run.floor[next_change++].replicas;
    }
    while (next_forecast < run.forecasts.size() && run.forecasts[next_forecast].target <= sample.at) ++next_forecast;
    if (sample.at < run.result.judged_from) continue;
    Moment moment{.at = sample.at,
                  .demand = sample.value,
                  .expected = kNan,
                  .quantile = kNan,
                  .floor = floor,
                  .replicas_alone = alone.ready[i],
                  .replicas_with = with_floor.ready[i]};
    if (next_forecast > 0 && sample.at - run.forecasts[next_forecast - 1].target < step) {
      moment.expected = run.forecasts[next_forecast - 1].expected;
      moment.quantile = run.forecasts[next_forecast - 1].quantile;
    }
    timeline.push_back(moment);
  }
  return timeline;
}

Status CheckShare(const char* name, double share) {
  if (share > 0 && share <= 1) return {};
  return InvalidArgument(fmt::format("the {} is {}; give a share above 0, at most 1", name, share));
}

}  // namespace

Status Validate(const Trace& trace, const BacktestOptions& options) {
  if (!std::isfinite(options.capacity_per_replica) || options.capacity_per_replica <= 0) {
    return InvalidArgument(
        fmt::format("the capacity of a replica is {}; give a number above 0", options.capacity_per_replica));
  }
  if (Status checked = CheckShare("HPA target", options.policy.hpa_target); !checked) return checked;
  if (Status checked = CheckShare("floor target", options.policy.floor_target); !checked) return checked;
  if (!(options.policy.quantile >= 0.5 && options.policy.quantile <= 0.999)) {
    return InvalidArgument(fmt::format("the quantile is {}; give a number from 0.5 to 0.999", options.policy.quantile));
  }
  if (options.min_replicas < 1 || options.max_replicas < options.min_replicas) {
    return InvalidArgument(fmt::format("the bounds are {} and {} replicas; give 1 <= minimum <= maximum",
                                       options.min_replicas, options.max_replicas));
  }
  const milliseconds span = trace.samples.back().at - trace.samples.front().at;
  if (options.warmup >= span) {
    return InvalidArgument(fmt::format("the warm-up of {} leaves nothing of the {} of {} to judge; give a shorter one",
                                       FormatDuration(options.warmup), FormatDuration(span), trace.name));
  }
  return {};
}

milliseconds DefaultLead(const Trace& trace, const BacktestOptions& options) {
  return options.startup + kSyncPeriod + kHpaPeriod + std::min(SampleStep(trace.samples), kDemandAge);
}

Result<BacktestRun> Backtest(const Trace& trace, const BacktestOptions& options, const Progress& progress) {
  if (Status valid = Validate(trace, options); !valid) return std::move(valid).error();
  BacktestRun run;
  BacktestResult& result = run.result;
  result.trace = trace.name;
  result.options = options;
  if (options.lead <= milliseconds(0)) result.options.lead = DefaultLead(trace, options);
  result.from = trace.samples.front().at;
  result.judged_from = result.from + options.warmup;
  result.to = trace.samples.back().at;
  result.samples = trace.samples.size();
  result.ignored = trace.missing + trace.replaced;
  result.peak = PeakOf(trace);

  std::array planners{FloorPlanner(result.options, options.policy.floor_target)};
  Replay replay = ReplayTrace(trace, result.options, options.policy.quantile, planners, progress);
  run.floor = planners.front().changes();
  run.forecasts = std::move(replay.forecasts);
  result.model = replay.status.model;
  result.seasons = replay.status.seasons;
  for (auto& model : replay.models) {
    result.models.push_back({.name = std::move(model.name), .wape = model.wape, .weight = model.weight});
  }

  const milliseconds step = SampleStep(trace.samples);
  result.accuracy = Judge(trace, run.forecasts, result.judged_from, step);
  const std::array judged{Period{result.judged_from, result.to + milliseconds(1)}};
  const HpaOptions hpa = HpaOptionsFor(options, options.policy.hpa_target);
  const Simulation alone = Simulate(trace, hpa, options.min_replicas, {}, judged);
  const Simulation with_floor = Simulate(trace, hpa, options.min_replicas, run.floor, judged);
  result.alone = alone.services.front();
  result.with_floor = with_floor.services.front();
  result.timeline = Timeline(trace, run, alone, with_floor, step);
  return run;
}

}  // namespace dso::sim
