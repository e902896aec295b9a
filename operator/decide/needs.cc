#include "decide/needs.h"

#include <algorithm>

namespace dso::decide {
namespace {

Forecast Multiplied(Forecast forecast, double multiplier) {
  forecast.expected *= multiplier;
  forecast.quantile *= multiplier;
  return forecast;
}

Need ReactiveNeed(const Snapshot& snapshot, bool only_lasting, LastingDemand& lasting) {
  const bool forecast = snapshot.forecast.state == Forecast::State::kReady;
  const double carried = forecast ? snapshot.capacity->at_quantile : snapshot.capacity->per_replica;
  const double now = snapshot.demand.value;
  // An answer that may be too low says nothing about what has lasted.
  if (!snapshot.demand.at_least) lasting.Note(snapshot.now.steady, now);
  const double lasted = lasting.Minimum(snapshot.now.steady, snapshot.look_ahead.lead, now);
  return {only_lasting && !snapshot.demand.at_least ? lasted : now, carried};
}

}  // namespace

int Needs::Raise() const {
  const int reactive_replicas = reactive ? reactive->Replicas() : 0;
  const int predicted_replicas = predicted ? predicted->Replicas() : 0;
  return std::max({reactive_replicas, predicted_replicas, event.value_or(0), person.value_or(0)});
}

int Needs::Keep() const {
  const int reactive_replicas = reactive ? reactive->ReplicasKept() : 0;
  const int predicted_replicas = predicted ? predicted->ReplicasKept() : 0;
  return std::max({reactive_replicas, predicted_replicas, event.value_or(0), person.value_or(0)});
}

bool WantsFloor(const api::ServiceSpec& spec) {
  return spec.demand && spec.prediction.mode != api::PredictionMode::kOff;
}

bool Predicts(const api::ServiceSpec& spec, const Snapshot& snapshot) { return WantsFloor(spec) && snapshot.capacity; }

Needs NeedsOf(const api::ServiceSpec& spec, const Snapshot& snapshot, LastingDemand& lasting) {
  Needs needs;
  if (const auto& person = spec.override_floor; person && snapshot.now.wall < person->until) {
    needs.person = person->min_replicas;
  }
  if (spec.prediction.mode == api::PredictionMode::kOff) return needs;
  if (snapshot.events.min_replicas > 0) needs.event = snapshot.events.min_replicas;
  if (!Predicts(spec, snapshot)) return needs;

  const double multiplier = snapshot.events.multiplier;
  needs.forecast = Multiplied(snapshot.forecast, multiplier);
  const bool forecast = snapshot.forecast.state == Forecast::State::kReady;
  const bool foreseen = forecast && CanBeForeseen(snapshot.forecast);
  if (snapshot.demand.state == Demand::State::kKnown) {
    needs.reactive = ReactiveNeed(snapshot, forecast && !foreseen, lasting);
  }
  // An event that is declared is foreseen, whatever the load is like otherwise.
  if (foreseen || (forecast && multiplier > 1)) needs.built_in = PredictNeed(needs.forecast, *snapshot.capacity);
  needs.predicted = needs.built_in;
  if (!snapshot.external) return needs;

  const Forecast external = Multiplied(snapshot.external->peak, multiplier);
  if (!CanBeForeseen(external) && multiplier <= 1) return needs;
  needs.external = PredictNeed(external, *snapshot.capacity);
  needs.is_external = !needs.built_in || needs.external->Replicas() > needs.built_in->Replicas();
  if (!needs.is_external) return needs;
  needs.predicted = needs.external;
  needs.forecast = external;
  return needs;
}

}  // namespace dso::decide
