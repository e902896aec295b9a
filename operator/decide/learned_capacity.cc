#include "decide/learned_capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/decimal.h"
#include "capacity/formula.h"

namespace dso::decide {
namespace {

using Seconds = LoadEvidence::Seconds;

constexpr double kTroubleFrom = 0.05;  // of the demand
constexpr Seconds kSettledAfter = std::chrono::minutes(1);
constexpr Seconds kLongestStep = std::chrono::minutes(2);
constexpr Seconds kRateUnit = std::chrono::minutes(10);
constexpr double kMostUp = 1.02;    // in kRateUnit
constexpr double kMostDown = 0.95;  // in kRateUnit
constexpr Seconds kRememberedFor = std::chrono::hours(4);
constexpr Seconds kWorthTelling = std::chrono::minutes(10);
constexpr double kLeastCapacity = 1e-9;

static_assert(sizeof(LearnedCapacity) < 1024);

CapacityBounds InOrder(CapacityBounds bounds) {
  const double min = std::isfinite(bounds.min)
                         ? std::clamp(bounds.min, kLeastCapacity, capacity::kMaxCapacityPerReplica)
                         : kLeastCapacity;
  const double max = std::isfinite(bounds.max) ? std::clamp(bounds.max, min, capacity::kMaxCapacityPerReplica) : min;
  return {min, max};
}

// In floating point, because a difference of times may not fit into one.
Seconds Between(SteadyTime from, SteadyTime to) {
  return std::max(Seconds(to.time_since_epoch()) - Seconds(from.time_since_epoch()), Seconds(0));
}

}  // namespace

LearnedCapacity::LearnedCapacity(CapacityBounds bounds, std::optional<double> remembered)
    : bounds_(InOrder(bounds)), evidence_(bounds_.min, bounds_.max), estimate_(bounds_.min) {
  if (!remembered || !std::isfinite(*remembered)) return;
  estimate_ = std::clamp(*remembered, bounds_.min, bounds_.max);
  evidence_.NoteRemembered(estimate_, kRememberedFor);
}

void LearnedCapacity::Observe(const LoadObservation& observation) {
  const Seconds passed = last_ ? Between(*last_, observation.now) : Seconds(0);
  const Seconds time = std::min(passed, kLongestStep);
  last_ = observation.now;
  evidence_.Fade(passed);
  NoteReplicas(observation.ready_replicas, observation.now);
  if (IsSettled(observation) && !observation.partial) {
    Learn(Plausible(observation.seen), *observation.ready_replicas, time);
  }
  Follow(time);
}

void LearnedCapacity::NoteReplicas(std::optional<int> ready, SteadyTime now) {
  if (ready == replicas_) return;
  replicas_ = ready;
  replicas_since_ = now;
}

bool LearnedCapacity::IsSettled(const LoadObservation& observation) const {
  return replicas_ && *replicas_ > 0 &&
         Between(replicas_since_, observation.now) >= kSettledAfter + Seconds(observation.averaged_over);
}

void LearnedCapacity::Learn(const SeenDemand& seen, int replicas, Seconds time) {
  if (!seen.rejected && !seen.waiting) return;
  observed_ += time;
  const double rejected = seen.rejected.value_or(0);
  const double waiting = seen.waiting.value_or(0);
  const double load = std::max(seen.demand - rejected - waiting, 0.0) / replicas;
  highest_load_ = std::max(highest_load_, load);
  if (std::max(rejected, waiting) > kTroubleFrom * seen.demand) {
    evidence_.NoteTrouble(load, time);
  } else {
    evidence_.NoteCarried(load, time);
  }
}

void LearnedCapacity::Follow(Seconds time) {
  const LoadEvidence::Limits limits = evidence_.Find();
  const double at_least = limits.carried.value_or(bounds_.min);
  const double at_most = limits.trouble_from.value_or(bounds_.max);
  // at_least <= at_most: nothing counts as carried beyond the limit.
  const double target = std::clamp(estimate_, at_least, std::max(at_least, at_most));
  const double steps = time / kRateUnit;
  estimate_ = std::clamp(target, estimate_ * std::pow(kMostDown, steps), estimate_ * std::pow(kMostUp, steps));
  estimate_ = std::clamp(estimate_, bounds_.min, bounds_.max);
}

LearnedCapacityEstimate LearnedCapacity::Estimate() const {
  const LoadEvidence::Limits limits = evidence_.Find();
  return {.per_replica = estimate_,
          .observed = std::chrono::floor<milliseconds>(observed_),
          .pressure_from = limits.trouble_from,
          .evidence = Sentence(limits)};
}

std::string LearnedCapacity::Sentence(const LoadEvidence::Limits& limits) const {
  const std::string trouble =
      limits.trouble_from ? fmt::format("; trouble from {} on", FormatDecimal(*limits.trouble_from)) : "";
  const std::string highest = FormatDecimal(highest_load_);
  if (limits.carried && limits.carried_for >= kWorthTelling) {
    return fmt::format("carried up to {} a replica for {} without rejections or a queue{}",
                       FormatDecimal(*limits.carried), FormatDuration(std::chrono::floor<seconds>(limits.carried_for)),
                       trouble);
  }
  if (estimate_ > bounds_.min) {
    return fmt::format("{} a replica is known from before; nothing above {} has been seen lately{}",
                       FormatDecimal(estimate_), highest, trouble);
  }
  if (highest_load_ < bounds_.min) {
    return fmt::format("nothing above {} a replica has been seen; starting from min{}", highest, trouble);
  }
  return fmt::format("no load from min on has been carried for ten minutes, the highest seen is {} a replica{}",
                     highest, trouble);
}

}  // namespace dso::decide
