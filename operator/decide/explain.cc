#include "decide/explain.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/decimal.h"
#include "decide/predicted_need.h"

namespace dso::decide {
namespace {

std::string Replicas(int count) { return fmt::format("{} replica{}", count, count == 1 ? "" : "s"); }

std::time_t TimeT(WallTime time) { return std::chrono::system_clock::to_time_t(time); }

std::string Load(const api::ServiceSpec& spec, double value) { return FormatDecimal(value) + " " + spec.demand->unit; }

std::string CapacityText(const api::ServiceSpec& spec, const PlannedCapacity& capacity, double per_replica) {
  const char* source = capacity.source == "Formula" ? "formula" : "perReplica";  // as the spec spells it
  return fmt::format("{} a replica ({})", Load(spec, per_replica), source);
}

// Both forecasts of the peak; the one that decides is divided by what a replica carries of it.
std::string ForecastText(const api::ServiceSpec& spec, const Snapshot& snapshot) {
  const Forecast& forecast = snapshot.forecast;
  const PredictedNeed need = PredictNeed(forecast, *snapshot.capacity);
  const std::string at = fmt::format("{:%H:%M}", fmt::gmtime(TimeT(forecast.peak_at)));
  std::string text = fmt::format("forecast of the peak until {:%H:%M:%S} UTC (lead {}): expected {} at {}, q{:.2f} {}",
                                 fmt::gmtime(TimeT(snapshot.now.wall + spec.prediction.lead_time)),
                                 FormatDuration(spec.prediction.lead_time), Load(spec, forecast.expected), at,
                                 spec.prediction.quantile, FormatDecimal(forecast.quantile));
  if (const double share = MarginShare(forecast); share < 1) {
    text += fmt::format(", {:.0f} % of its margin paid, since it has stood idle lately", 100 * share);
  }
  return text +
         fmt::format("; {} / {}", FormatDecimal(need.demand), CapacityText(spec, *snapshot.capacity, need.per_replica));
}

// "demand now 51 requests/s", or what has lasted of it.
std::string DemandText(const api::ServiceSpec& spec, const Snapshot& snapshot, const Decision& decision) {
  const std::string now = Load(spec, snapshot.demand.value);
  const bool forecast = snapshot.forecast.state == Forecast::State::kReady;
  if (!forecast || CanBeForeseen(snapshot.forecast)) return "demand now " + now;
  return fmt::format("demand that has lasted {}, {} (now {}; the bursts of this load cannot be foreseen)",
                     FormatDuration(spec.prediction.lead_time), Load(spec, decision.reactive_demand), now);
}

std::string CarriedText(const api::ServiceSpec& spec, const Snapshot& snapshot) {
  const bool forecast = snapshot.forecast.state == Forecast::State::kReady;
  const PlannedCapacity& capacity = *snapshot.capacity;
  return CapacityText(spec, capacity, forecast ? capacity.at_quantile : capacity.per_replica);
}

// The need that did not decide, so that a person sees how near it was.
std::string RunnerUp(const api::ServiceSpec& spec, const Snapshot& snapshot, const Decision& decision) {
  std::string text;
  if (decision.reason != FloorReason::kDemand && decision.reactive) {
    text += fmt::format("; {} needs {}", DemandText(spec, snapshot, decision), *decision.reactive);
  }
  if (decision.reason != FloorReason::kForecast && decision.predicted) {
    const PredictedNeed need = PredictNeed(snapshot.forecast, *snapshot.capacity);
    text += fmt::format("; forecast of the peak {} / {} needs {}", Load(spec, need.demand),
                        FormatDecimal(need.per_replica), *decision.predicted);
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
  switch (decision.reason) {
    case FloorReason::kMinimum:
      return "replicas.min, nothing asks for more at " +
             CapacityText(spec, *snapshot.capacity, snapshot.capacity->per_replica);
    case FloorReason::kForecast: return ForecastText(spec, snapshot);
    case FloorReason::kDemand: return DemandText(spec, snapshot, decision) + " / " + CarriedText(spec, snapshot);
    case FloorReason::kStabilizing:
      return fmt::format("needed within the last {}, released after that",
                         FormatDuration(spec.autoscaling.scale_down_window));
    case FloorReason::kHeld: return "held, a floor is not released on what is not known";
    case FloorReason::kMaximum:
      return fmt::format("replicas.max, the need is {}",
                         std::max(decision.predicted.value_or(0), decision.reactive.value_or(0)));
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
