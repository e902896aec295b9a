#include "decide/explain.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.h"

namespace dso::decide {
namespace {

std::string Replicas(int count) { return fmt::format("{} replica{}", count, count == 1 ? "" : "s"); }

std::string Clock(WallTime time) {
  return fmt::format("{:%H:%M:%S}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

// "by 4 replicas each 1m", "by the larger of 1 replica and 20 % each 1m".
std::string Pace(const api::PaceLimit& limit) {
  const std::string replicas = Replicas(std::max(limit.replicas, 1));
  const std::string step =
      limit.percent > 0 ? fmt::format("the larger of {} and {} %", replicas, limit.percent) : replicas;
  return fmt::format("by {} each {}", step, FormatDuration(limit.period));
}

// Why the floor is what it is, the needs that came second, and what comes next; each a few clauses.
class Sentence {
 public:
  explicit Sentence(const Explained& explained)
      : spec_(explained.spec),
        snapshot_(explained.snapshot),
        bounds_(explained.bounds),
        needs_(explained.needs),
        decision_(explained.decision),
        state_(explained.state),
        stabilized_(explained.stabilized) {}

  std::string Begin() const;
  std::string Why() const;
  std::string RunnersUp() const;
  std::string Unknown() const;
  std::string Next() const;

 private:
  std::string Load(double value) const { return FormatDecimal(value) + " " + spec_.demand->unit; }
  std::string Window() const { return FormatDuration(spec_.autoscaling.scale_down_window); }
  std::string Capacity(double per_replica) const;
  // What a replica carries of the demand of now.
  double Carried() const {
    const bool forecast = snapshot_.forecast.state == decide::Forecast::State::kReady;
    return forecast ? snapshot_.capacity->at_quantile : snapshot_.capacity->per_replica;
  }
  // "forecast", "forecast by external/prophet"
  std::string NameOfForecast(bool external) const {
    return external ? "forecast by external/" + snapshot_.external->forecaster : "forecast";
  }
  std::string Forecast() const;
  std::string RunnerUp(bool external) const;
  std::string Demand() const;
  std::string Event() const;
  std::string Override() const;
  std::string Minimum() const;
  std::string Maximum() const;
  std::string NameOfMaximum() const;
  std::string RaiseCeiling() const;
  std::string Stabilizing() const;
  std::string Held() const;

  std::string MoreThan(const Need& need) const;
  std::string NextAboveMinimum() const;
  std::string NextRelease() const;
  std::string NextAfterHold() const;

  const api::ServiceSpec& spec_;
  const Snapshot& snapshot_;
  const Bounds& bounds_;
  const Needs& needs_;
  const Decision& decision_;
  const FloorState& state_;
  const int stabilized_;
};

std::string Sentence::Begin() const {
  if (spec_.prediction.mode != api::PredictionMode::kShadow) return "at least " + Replicas(decision_.floor);
  return fmt::format("shadow, not applied (minReplicas is {}): would be at least {}", decision_.hpa_min_replicas,
                     Replicas(decision_.floor));
}

// "7.5 requests/s a replica (perReplica, 10 with headroom)": the figure of the spec, and what has become of it.
std::string Sentence::Capacity(double per_replica) const {
  const PlannedCapacity& capacity = *snapshot_.capacity;
  std::string source = capacity.source;  // as the spec spells it
  if (!source.empty()) source.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(source.front())));
  if (per_replica < capacity.full) {
    const bool planned = per_replica == capacity.per_replica;
    source += fmt::format(", {} {}", FormatDecimal(capacity.full), planned ? "with headroom" : "nearly full");
  }
  return fmt::format("{} a replica ({})", Load(per_replica), source);
}

// Both forecasts of the peak; the one that decides is divided by what a replica carries of it.
std::string Sentence::Forecast() const {
  const decide::Forecast& forecast = needs_.forecast;
  const LookAhead& ahead = snapshot_.look_ahead;
  std::string text =
      fmt::format("{} of the peak until {} UTC (lead {}{}{}): expected {} at {:%H:%M}, q{:.2f} {}",
                  NameOfForecast(needs_.is_external), Clock(snapshot_.now.wall + ahead.lead),
                  FormatDuration(ahead.lead), ahead.made_of.empty() ? "" : ": ", ahead.made_of, Load(forecast.expected),
                  fmt::gmtime(std::chrono::system_clock::to_time_t(forecast.peak_at)), spec_.prediction.quantile,
                  FormatDecimal(forecast.quantile));
  if (snapshot_.events.multiplier != 1) {
    text += fmt::format(", event {} (x {}) included", snapshot_.events.multiplied_by,
                        FormatDecimal(snapshot_.events.multiplier));
  }
  if (const double share = MarginShare(forecast); share < 1) {
    text += fmt::format(", {:.0f} % of its margin paid, since it has stood idle lately", 100 * share);
  }
  return text +
         fmt::format("; {} / {}", FormatDecimal(needs_.predicted->demand), Capacity(needs_.predicted->per_replica));
}

// "demand now 51 requests/s", or what has lasted of it.
std::string Sentence::Demand() const {
  const std::string now = (snapshot_.demand.at_least ? "at least " : "") + Load(snapshot_.demand.value);
  if (needs_.reactive->demand == snapshot_.demand.value) return "demand now " + now;
  return fmt::format("demand that has lasted {}: {} (now {})", FormatDuration(snapshot_.look_ahead.lead),
                     Load(needs_.reactive->demand), now);
}

std::string Sentence::Event() const {
  return fmt::format("event {}, begun or less than {} away, asks for {}", snapshot_.events.raised_by,
                     FormatDuration(snapshot_.look_ahead.lead), *needs_.event);
}

std::string Sentence::Override() const {
  return fmt::format("spec.override asks for {} until {} ({})", *needs_.person, FormatTime(spec_.override_floor->until),
                     spec_.override_floor->reason);
}

std::string Sentence::Minimum() const {
  const std::string minimum = bounds_.min < spec_.replicas.min
                                  ? fmt::format("{}, below replicas.min {}", NameOfMaximum(), spec_.replicas.min)
                                  : "replicas.min";
  if (!spec_.demand) return minimum + "; no demand is declared, so the HPA alone decides above it";
  if (spec_.prediction.mode == api::PredictionMode::kOff) {
    return minimum + "; prediction.mode is Off, so the HPA alone decides above it";
  }
  if (!snapshot_.capacity) return minimum + "; the capacity of a replica is not known, see condition CapacityKnown";
  return minimum + ", nothing asks for more at " + Capacity(Carried());
}

std::string Sentence::NameOfMaximum() const {
  const auto ceiling = LowerCeiling(spec_, snapshot_);
  if (!ceiling) return "replicas.max";
  return ceiling->of == Ceiling::Of::kAdopted ? "the adopted autoscaler's maximum"
                                              : "the most that the backends have connections for";
}

std::string Sentence::RaiseCeiling() const {
  return LowerCeiling(spec_, snapshot_)->of == Ceiling::Of::kAdopted ? "; raise that maximum"
                                                                     : "; see condition PoolsWithinBudget";
}

std::string Sentence::Maximum() const {
  return fmt::format("{}, although {} are needed", NameOfMaximum(), decision_.wanted);
}

std::string Sentence::Stabilizing() const {
  if (stabilized_ > decision_.wanted && state_.window.NextRelease(spec_.autoscaling.scale_down_window)) {
    return fmt::format("needed within the last {}", Window());
  }
  return fmt::format("{} would do with less than {} of a replica to spare", decision_.wanted, kHysteresisReplicas);
}

std::string Sentence::Held() const {
  switch (decision_.hold) {
    case Hold::kNone: break;
    case Hold::kHistory: return "held, the history is still being read";
    case Hold::kCapacityUnknown: return "held, the capacity of a replica is not known (see condition CapacityKnown)";
    case Hold::kDemandUnknown: return "held, the demand is not known (see condition DemandAvailable)";
    case Hold::kDemandAtLeast: return "held, the demand may be higher than what is seen";
    case Hold::kPods:
      return fmt::format("held, {} not ready yet", snapshot_.pods_on_their_way == 1
                                                       ? "1 pod is"
                                                       : fmt::format("{} pods are", snapshot_.pods_on_their_way));
    case Hold::kClock: return "held, the wall clock has jumped";
  }
  return "held";
}

std::string Sentence::Why() const {
  switch (decision_.reason) {
    case FloorReason::kMinimum: return Minimum();
    case FloorReason::kDemand: return Demand() + " / " + Capacity(needs_.reactive->per_replica);
    case FloorReason::kForecast: return Forecast();
    case FloorReason::kEvent: return Event();
    case FloorReason::kOverride: return Override();
    case FloorReason::kMaximum: return Maximum();
    case FloorReason::kRaising:
      return fmt::format("on the way up to {}, {}", bounds_.Clamp(decision_.wanted), Pace(*spec_.prediction.max_raise));
    case FloorReason::kStabilizing: return Stabilizing();
    case FloorReason::kReleasing:
      return fmt::format("on the way down to {}, {}", bounds_.Clamp(std::max(stabilized_, decision_.wanted)),
                         Pace(spec_.prediction.max_release));
    case FloorReason::kHeld: return Held();
  }
  return "";
}

std::string Sentence::RunnerUp(bool external) const {
  const std::optional<Need>& need = external ? needs_.external : needs_.built_in;
  if (!need) return "";
  return fmt::format("; {} of the peak {} / {} needs {}", NameOfForecast(external), Load(need->demand),
                     FormatDecimal(need->per_replica), need->Replicas());
}

// The needs that did not decide, so that a person sees how near they were.
std::string Sentence::RunnersUp() const {
  std::string text;
  if (decision_.reason != FloorReason::kDemand && needs_.reactive) {
    text +=
        fmt::format("; {} / {} needs {}", Demand(), FormatDecimal(needs_.reactive->per_replica), *decision_.reactive);
  }
  for (const bool external : {false, true}) {
    if (decision_.reason != FloorReason::kForecast || external != needs_.is_external) text += RunnerUp(external);
  }
  if (decision_.reason != FloorReason::kEvent && needs_.event) text += "; " + Event();
  if (decision_.reason != FloorReason::kOverride && needs_.person) text += "; " + Override();
  return text;
}

// What could not take part, unless the hold says so already.
std::string Sentence::Unknown() const {
  if (!Predicts(spec_, snapshot_)) return "";
  const Hold said = decision_.reason == FloorReason::kHeld ? decision_.hold : Hold::kNone;
  std::string text;
  switch (snapshot_.forecast.state) {
    case decide::Forecast::State::kLoading:
      if (said != Hold::kHistory) text += "; the history is still being read";
      break;
    case decide::Forecast::State::kInsufficient: text += "; no forecast yet: the history is too short"; break;
    case decide::Forecast::State::kOutdated:
      text += fmt::format("; no forecast: nothing was seen for {}", FormatDuration(kLongestRide));
      break;
    case decide::Forecast::State::kReady:
      if (!needs_.built_in) text += "; the forecast does not count: the bursts of this load cannot be foreseen";
      break;
  }
  if (snapshot_.external && !needs_.external) {
    text += fmt::format("; the {} does not count: too much of its margin has stood idle", NameOfForecast(true));
  }
  if (snapshot_.demand.state != decide::Demand::State::kKnown && said != Hold::kDemandUnknown) {
    text += "; demand unknown, see condition DemandAvailable";
  }
  return text;
}

std::string Sentence::MoreThan(const Need& need) const {
  return fmt::format("above {} would need {}", Load(need.per_replica * decision_.wanted), decision_.wanted + 1);
}

std::string Sentence::NextAboveMinimum() const {
  if (bounds_.min < spec_.replicas.min) return RaiseCeiling();
  if (!Predicts(spec_, snapshot_)) return "";
  return fmt::format("; a demand above {} raises it", Load(Carried() * decision_.floor));
}

// When the window ends, or how much lower what is needed by a hair has to be.
std::string Sentence::NextRelease() const {
  const auto release = state_.window.NextRelease(spec_.autoscaling.scale_down_window);
  if (release && stabilized_ > decision_.wanted) {
    const auto in = std::chrono::duration_cast<milliseconds>(release->at - snapshot_.now.steady);
    return fmt::format("; may fall from {} UTC on if no more is needed until then", Clock(snapshot_.now.wall + in));
  }
  const auto keeps = [this](const std::optional<Need>& need) {
    return need && need->ReplicasKept() > decision_.wanted;
  };
  std::string below;
  const auto add = [this, &below](std::string_view what, const Need& need) {
    below += fmt::format("{}{} is below {}", below.empty() ? "" : " and ", what,
                         Load(need.per_replica * (decision_.wanted - kHysteresisReplicas)));
  };
  if (keeps(needs_.reactive)) add("the demand", *needs_.reactive);
  if (keeps(needs_.predicted)) add("the forecast of the peak", *needs_.predicted);
  return below.empty() ? "" : fmt::format("; may fall {} after {}", Window(), below);
}

std::string Sentence::NextAfterHold() const {
  if (decision_.hold == Hold::kClock && state_.jumped_at) {
    const auto ends = std::chrono::duration_cast<milliseconds>(*state_.jumped_at - snapshot_.now.steady) +
                      spec_.autoscaling.scale_down_window + snapshot_.look_ahead.lead;
    return fmt::format("; may fall {} after the hold ends at {} UTC", Window(), Clock(snapshot_.now.wall + ends));
  }
  return fmt::format("; may fall {} after {}", Window(), kHolds[static_cast<size_t>(decision_.hold)].leaves);
}

std::string Sentence::Next() const {
  switch (decision_.reason) {
    case FloorReason::kDemand: return "; a demand " + MoreThan(*needs_.reactive);
    case FloorReason::kForecast: return "; a forecast " + MoreThan(*needs_.predicted);
    case FloorReason::kMinimum: return NextAboveMinimum();
    case FloorReason::kMaximum:
      if (LowerCeiling(spec_, snapshot_)) return RaiseCeiling();
      return fmt::format("; with replicas.max {} it would follow", decision_.wanted);
    case FloorReason::kRaising: return "; a larger prediction.maxRaisePerPeriod would speed it up";
    case FloorReason::kReleasing: return "; a larger prediction.maxReleasePerPeriod would speed it up";
    case FloorReason::kStabilizing: return NextRelease();
    case FloorReason::kHeld: return NextAfterHold();
    case FloorReason::kEvent: return fmt::format("; may fall {} after the event's end", Window());
    case FloorReason::kOverride:
      return state_.started ? fmt::format("; may fall {} after that", Window()) : "; ends at once then";
  }
  return "";
}

}  // namespace

std::string Explain(const Explained& explained) {
  const Sentence sentence(explained);
  return fmt::format("{}: {}{}{}{}", sentence.Begin(), sentence.Why(), sentence.RunnersUp(), sentence.Unknown(),
                     sentence.Next());
}

}  // namespace dso::decide
