#include "sim/replay.h"

#include <algorithm>

#include "decide/forecasting.h"

namespace dso::sim {
namespace {

using forecast::Sample;

// A live sync comes each 15 s; between two samples the forecast changes too slowly for that to matter.
constexpr milliseconds kTick = std::chrono::minutes(1);
// The live operator believes an answer for two minutes; a history that is coarser than that cannot be asked for so
// much.
constexpr milliseconds kDemandIsFresh = std::chrono::minutes(2);
constexpr double kFreshSteps = 2.5;
constexpr size_t kSamplesPerProgress = 1024;

decide::Demand DemandAt(WallTime now, const Sample& last, milliseconds freshness) {
  if (now - last.at > freshness) return {.state = decide::Demand::State::kMissing};
  return {.state = decide::Demand::State::kKnown, .value = last.value};
}

}  // namespace

FloorPlanner::FloorPlanner(const BacktestOptions& options, double floor_target) {
  spec_.replicas = {.min = options.min_replicas, .max = options.max_replicas};
  spec_.autoscaling.scale_down_window = options.scale_down_window;
  spec_.demand.emplace();
  snapshot_.look_ahead.lead = options.lead;
  snapshot_.capacity =
      decide::PlanWith(options.capacity_per_replica * floor_target, options.capacity_per_replica, "PerReplica");
}

void FloorPlanner::Decide(WallTime now, const decide::Demand& demand, const decide::Forecast& forecast) {
  snapshot_.now = {.steady = SteadyTime(now.time_since_epoch()), .wall = now};
  snapshot_.demand = demand;
  snapshot_.forecast = forecast;
  decide::Outcome outcome = decide::DecideFloorUnexplained(spec_, snapshot_, std::move(state_));
  state_ = std::move(outcome.next);
  const int floor = outcome.decision.hpa_min_replicas;
  if (changes_.empty() || changes_.back().replicas != floor) changes_.push_back({now, floor});
}

Replay ReplayTrace(const Trace& trace, const BacktestOptions& options, double quantile,
                   std::span<FloorPlanner> planners, const Progress& progress) {
  const milliseconds lead = options.lead;
  api::PredictionSpec prediction;
  prediction.quantile = quantile;
  const milliseconds step = SampleStep(trace.samples);
  forecast::ForecasterOptions forecasting = decide::OptionsFor(prediction, lead, step);
  forecasting.calendar = options.calendar;
  forecast::Forecaster forecaster(std::move(forecasting));
  const auto scaled_step = kFreshSteps * step;
  const milliseconds freshness = std::max(kDemandIsFresh, std::chrono::ceil<milliseconds>(scaled_step));

  Replay replay;
  const std::vector<Sample>& samples = trace.samples;
  for (size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = samples[i];
    forecaster.Observe(sample);
    const auto point = forecaster.ForecastAt(sample.at + lead);
    const bool is_last = i + 1 == samples.size();
    const WallTime until = is_last ? sample.at + milliseconds(1) : samples[i + 1].at;
    for (WallTime now = sample.at; now < until; now += kTick) {
      const decide::Forecast peak = decide::AskForecaster(forecaster, now, lead);
      if (now == sample.at && point && peak.state == decide::Forecast::State::kReady) {
        replay.forecasts.push_back({.issued = now,
                                    .target = now + lead,
                                    .expected = point->expected,
                                    .quantile = point->quantile,
                                    .peak_quantile = peak.quantile});
      }
      const decide::Demand demand = DemandAt(now, sample, freshness);
      for (FloorPlanner& planner : planners) planner.Decide(now, demand, peak);
    }
    if (progress && i % kSamplesPerProgress == 0)
      progress(static_cast<double>(i) / static_cast<double>(samples.size()));
  }
  replay.status = forecaster.status();
  replay.models = forecaster.Models();
  return replay;
}

}  // namespace dso::sim
