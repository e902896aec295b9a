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

// Why the floor is what it is, the needs that came second, and what comes next; each a few clauses.
class Sentence {
 public:
  explicit Sentence(const Explained& explained)
      : spec_(explained.spec),
        snapshot_(explained.snapshot),
        needs_(explained.needs),
        decision_(explained.decision),
        window_(explained.window),
        stabilized_(explained.stabilized) {}

  std::string Why() const;
  std::string RunnersUp() const;
  std::string Unknown() const;
  std::string Next() const;

 private:
  std::string Load(double value) const { return FormatDecimal(value) + " " + spec_.demand->unit; }
  std::string Capacity(double per_replica) const;
  // What a replica carries of the demand of now.
  double Carried() const {
    const bool forecast = snapshot_.forecast.state == decide::Forecast::State::kReady;
    return forecast ? snapshot_.capacity->at_quantile : snapshot_.capacity->per_replica;
  }
  std::string Forecast() const;
  std::string Demand() const;
  std::string Event() const;
  std::string Override() const;
  std::string Minimum() const;
  std::string Maximum() const;
  std::string Held() const;

  const api::ServiceSpec& spec_;
  const Snapshot& snapshot_;
  const Needs& needs_;
  const Decision& decision_;
  const FloorWindow& window_;
  const int stabilized_;
};

std::string Sentence::Capacity(double per_replica) const {
  std::string source = snapshot_.capacity->source;  // as the spec spells it
  source.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(source.front())));
  return fmt::format("{} a replica ({})", Load(per_replica), source);
}

// Both forecasts of the peak; the one that decides is divided by what a replica carries of it.
std::string Sentence::Forecast() const {
  const decide::Forecast& forecast = needs_.forecast;
  const LookAhead& ahead = snapshot_.look_ahead;
  std::string text = fmt::format("forecast of the peak until {} UTC (lead {}{}{}): expected {} at {:%H:%M}, q{:.2f} {}",
                                 Clock(snapshot_.now.wall + ahead.lead), FormatDuration(ahead.lead),
                                 ahead.made_of.empty() ? "" : ": ", ahead.made_of, Load(forecast.expected),
                                 fmt::gmtime(std::chrono::system_clock::to_time_t(forecast.peak_at)),
                                 spec_.prediction.quantile, FormatDecimal(forecast.quantile));
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
  const bool at_least = snapshot_.demand.at_least;
  const std::string now = (at_least ? "at least " : "") + Load(snapshot_.demand.value);
  if (needs_.reactive->demand == snapshot_.demand.value) return "demand now " + now;
  return fmt::format("demand that has lasted {}, {} (now {}; the bursts of this load cannot be foreseen)",
                     FormatDuration(snapshot_.look_ahead.lead), Load(needs_.reactive->demand), now);
}

std::string Sentence::Event() const {
  return fmt::format("event {} has minReplicas {}", snapshot_.events.raised_by, *needs_.event);
}

std::string Sentence::Override() const {
  return fmt::format("spec.override has minReplicas {} until {} ({})", *needs_.person,
                     FormatTime(spec_.override_floor->until), spec_.override_floor->reason);
}

std::string Sentence::Minimum() const {
  if (!spec_.demand) return "replicas.min; no demand is declared, so the HPA alone decides above it";
  if (spec_.prediction.mode == api::PredictionMode::kOff) {
    return "replicas.min; prediction.mode is Off, so the HPA alone decides above it";
  }
  if (!snapshot_.capacity) return "replicas.min; the capacity of a replica is not known, see condition Accepted";
  return "replicas.min, nothing asks for more at " + Capacity(snapshot_.capacity->per_replica);
}

std::string Sentence::Maximum() const {
  const bool adopted = snapshot_.most_replicas && *snapshot_.most_replicas < spec_.replicas.max;
  return fmt::format("{}, the need is {}", adopted ? "the adopted autoscaler's maximum" : "replicas.max",
                     decision_.wanted);
}

std::string Sentence::Held() const {
  switch (decision_.hold) {
    case Hold::kNone: break;
    case Hold::kHistory: return "held, the history is still being read";
    case Hold::kDemandUnknown: return "held, the demand is not known";
    case Hold::kDemandAtLeast: return "held, the demand may be higher than what is seen";
    case Hold::kPods:
      return fmt::format("held, {} of the pods {} not ready", snapshot_.pods_on_their_way,
                         snapshot_.pods_on_their_way == 1 ? "is" : "are");
    case Hold::kClock: return "held, the clock has jumped";
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
    case FloorReason::kRaising: return fmt::format("on the way up to {}", decision_.wanted);
    case FloorReason::kStabilizing:
      if (stabilized_ > decision_.wanted && window_.NextRelease(spec_.autoscaling.scale_down_window)) {
        return fmt::format("needed within the last {}", FormatDuration(spec_.autoscaling.scale_down_window));
      }
      return "the need is lower by a hair only";
    case FloorReason::kReleasing: return fmt::format("on the way down to {}", std::max(stabilized_, decision_.wanted));
    case FloorReason::kHeld: return Held();
  }
  return "";
}

// The needs that did not decide, so that a person sees how near they were.
std::string Sentence::RunnersUp() const {
  std::string text;
  if (decision_.reason != FloorReason::kDemand && needs_.reactive) {
    text += fmt::format("; {} needs {}", Demand(), *decision_.reactive);
  }
  if (decision_.reason != FloorReason::kForecast && needs_.predicted) {
    text += fmt::format("; forecast of the peak {} / {} needs {}", Load(needs_.predicted->demand),
                        FormatDecimal(needs_.predicted->per_replica), *decision_.predicted);
  }
  if (decision_.reason != FloorReason::kEvent && needs_.event) text += "; " + Event();
  if (decision_.reason != FloorReason::kOverride && needs_.person) text += "; " + Override();
  return text;
}

std::string Sentence::Unknown() const {
  if (!Predicts(spec_, snapshot_)) return "";
  std::string text;
  switch (snapshot_.forecast.state) {
    case decide::Forecast::State::kLoading:
      if (decision_.reason != FloorReason::kHeld) text += "; the history is still being read";
      break;
    case decide::Forecast::State::kInsufficient: text += "; no forecast yet: the history is too short"; break;
    case decide::Forecast::State::kOutdated:
      text += fmt::format("; no forecast: nothing was seen for {}", FormatDuration(kLongestRide));
      break;
    case decide::Forecast::State::kReady: break;
  }
  if (snapshot_.demand.state != decide::Demand::State::kKnown) {
    text += "; demand unknown, see condition DemandAvailable";
  }
  return text;
}

std::string Sentence::Next() const {
  const milliseconds window = spec_.autoscaling.scale_down_window;
  switch (decision_.reason) {
    case FloorReason::kDemand:
    case FloorReason::kForecast: {
      const Need& need = decision_.reason == FloorReason::kDemand ? *needs_.reactive : *needs_.predicted;
      return fmt::format("; above {} it is {}", Load(need.per_replica * decision_.wanted), decision_.wanted + 1);
    }
    case FloorReason::kMinimum:
      if (!Predicts(spec_, snapshot_)) return "";
      return fmt::format("; above {} it rises", Load(Carried() * decision_.floor));
    case FloorReason::kMaximum:
      if (snapshot_.most_replicas && *snapshot_.most_replicas < spec_.replicas.max) return "; raise that maximum";
      return fmt::format("; with replicas.max {} it would follow", decision_.wanted);
    case FloorReason::kRaising:
    case FloorReason::kReleasing: {
      const bool up = decision_.reason == FloorReason::kRaising;
      const api::PaceLimit& limit = up ? *spec_.prediction.max_raise : spec_.prediction.max_release;
      return fmt::format("; by the larger of {} and {} % each {}", Replicas(limit.replicas), limit.percent,
                         FormatDuration(limit.period));
    }
    case FloorReason::kStabilizing: {
      const auto release = window_.NextRelease(window);
      if (!release || stabilized_ <= decision_.wanted) return "";
      const auto in = std::chrono::duration_cast<milliseconds>(release->at - snapshot_.now.steady);
      return fmt::format("; lower from {} UTC on if no more is needed until then", Clock(snapshot_.now.wall + in));
    }
    case FloorReason::kHeld:
      return fmt::format("; lower {} after this: {}", FormatDuration(window),
                         kHolds[static_cast<size_t>(decision_.hold)].leaves);
    case FloorReason::kEvent: return fmt::format("; lower {} after its end", FormatDuration(window));
    case FloorReason::kOverride: return "";
  }
  return "";
}

}  // namespace

std::string Explain(const Explained& explained) {
  const Sentence sentence(explained);
  const bool shadow = explained.spec.prediction.mode == api::PredictionMode::kShadow;
  return fmt::format("{} {}: {}{}{}{}", shadow ? "shadow, not applied: would be at least" : "at least",
                     Replicas(explained.decision.floor), sentence.Why(), sentence.RunnersUp(), sentence.Unknown(),
                     sentence.Next());
}

}  // namespace dso::decide
