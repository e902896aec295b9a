#include "decide/explain.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/decimal.h"

namespace dso::decide {
namespace {

std::string Replicas(int count) { return fmt::format("{} replica{}", count, count == 1 ? "" : "s"); }

std::time_t TimeT(WallTime time) { return std::chrono::system_clock::to_time_t(time); }

std::string Load(const api::ServiceSpec& spec, double value) { return FormatDecimal(value) + " " + spec.demand->unit; }

std::string CapacityText(const api::ServiceSpec& spec, const PlannedCapacity& capacity) {
  const char* source = capacity.source == "Formula" ? "formula" : "perReplica";  // as the spec spells it
  return fmt::format("{} a replica ({})", Load(spec, capacity.per_replica), source);
}

std::string ForecastText(const api::ServiceSpec& spec, const Snapshot& snapshot) {
  return fmt::format("forecast q{:.2f} of the peak until {:%H:%M:%S} UTC is {} (lead {}, expected {} at {:%H:%M})",
                     spec.prediction.quantile, fmt::gmtime(TimeT(snapshot.now.wall + spec.prediction.lead_time)),
                     Load(spec, snapshot.forecast.quantile), FormatDuration(spec.prediction.lead_time),
                     FormatDecimal(snapshot.forecast.expected), fmt::gmtime(TimeT(snapshot.forecast.peak_at)));
}

// The need that did not decide, so that a person sees how near it was.
std::string RunnerUp(const api::ServiceSpec& spec, const Snapshot& snapshot, const Decision& decision) {
  std::string text;
  if (decision.reason != FloorReason::kDemand && decision.reactive) {
    text += fmt::format("; demand now {} needs {}", Load(spec, snapshot.demand.value), *decision.reactive);
  }
  if (decision.reason != FloorReason::kForecast && decision.predicted) {
    text += fmt::format("; forecast q{:.2f} {} needs {}", spec.prediction.quantile,
                        Load(spec, snapshot.forecast.quantile), *decision.predicted);
  }
  switch (snapshot.forecast.state) {
    case Forecast::State::kLoading: text += "; the history is still being read"; break;
    case Forecast::State::kInsufficient: text += "; no forecast yet: the history is too short"; break;
    case Forecast::State::kReady: break;
  }
  if (snapshot.demand.state != Demand::State::kKnown) text += "; demand unknown, see condition DemandAvailable";
  return text;
}

std::string Why(const api::ServiceSpec& spec, const Snapshot& snapshot, const Decision& decision) {
  const std::string capacity = CapacityText(spec, *snapshot.capacity);
  switch (decision.reason) {
    case FloorReason::kMinimum: return "replicas.min, nothing asks for more at " + capacity;
    case FloorReason::kForecast: return ForecastText(spec, snapshot) + " / " + capacity;
    case FloorReason::kDemand: return "demand now " + Load(spec, snapshot.demand.value) + " / " + capacity;
    case FloorReason::kStabilizing:
      return fmt::format("needed within the last {}, released after that",
                         FormatDuration(spec.autoscaling.scale_down_window));
    case FloorReason::kHeld: return "held, a floor is not released on what is not known";
    case FloorReason::kMaximum:
      return fmt::format("replicas.max, the need is {} at {}",
                         std::max(decision.predicted.value_or(0), decision.reactive.value_or(0)), capacity);
  }
  return "";
}

}  // namespace

std::string Explain(const api::ServiceSpec& spec, const Snapshot& snapshot, const Decision& decision) {
  const bool shadow = spec.prediction.mode == api::PredictionMode::kShadow;
  return fmt::format("{} {}: {}{}", shadow ? "shadow, not applied: would be at least" : "at least",
                     Replicas(decision.floor), Why(spec, snapshot, decision), RunnerUp(spec, snapshot, decision));
}

std::string ExplainWithoutFloor(const api::ServiceSpec& spec) {
  const char* why = !spec.demand ? "no demand is declared, so the HPA alone decides above it"
                    : spec.prediction.mode == api::PredictionMode::kOff
                        ? "prediction.mode is Off, so the HPA alone decides above it"
                        : "the capacity of a replica is not known, see condition Accepted";
  return fmt::format("at least {}: replicas.min; {}", Replicas(spec.replicas.min), why);
}

}  // namespace dso::decide
