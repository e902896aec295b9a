// What one process of the operator has seen and decided, look by look, and what it may do with that: by brute force
// over the list, from docs/decisions.md, with nothing of operator/decide but its plain data.
#pragma once

#include <cmath>
#include <deque>
#include <string>

#include "decide/snapshot.h"
#include "tests/decide/sample.h"

namespace dso::decide::test {

// The fewest replicas that carry a demand, by counting.
inline int CountReplicas(double demand, double per_replica) {
  if (demand > 1e6 * per_replica) return 1'000'000;
  int replicas = demand > 0 ? std::max(static_cast<int>(demand / per_replica) - 1, 1) : 0;
  while (replicas * per_replica < demand * (1 - 1e-9)) ++replicas;
  return replicas;
}

class Oracle {
 public:
  struct Seen {
    SteadyTime at;
    WallTime wall;
    bool full;         // a demand that is known and whole
    bool loading;      // the history
    bool pods;         // on their way
    double demand;     // where it is known
    int need = 0;      // of all kinds, before the bounds
    int reactive = 0;  // of the demand alone
    int min = 0;       // of the replicas
    int stood = 0;     // before: what was decided last, or what the HPA has if that is more
    int floor = 0;     // decided
    bool held = false;
  };

  // A process begins: this floor is in force.
  Oracle(SteadyTime at, int floor) : began_(at), initial_(floor) {}

  // Before the decision is noted.
  Seen Look(const api::ServiceSpec& spec, const Snapshot& snapshot) {
    const Demand& demand = snapshot.demand;
    const bool known = demand.state == Demand::State::kKnown;
    Seen seen{.at = snapshot.now.steady,
              .wall = snapshot.now.wall,
              .full = known && !demand.at_least,
              .loading = snapshot.forecast.state == Forecast::State::kLoading,
              .pods = snapshot.pods_on_their_way > 0,
              .demand = demand.value};
    seen.held = !seen.full || seen.loading || seen.pods || ClockIsOff(seen, spec, snapshot);
    seen.stood = std::max(Before(), Standing(spec, snapshot));
    if (known) seen.reactive = Reactive(seen, snapshot);
    seen.need = std::max({seen.reactive, Predicted(snapshot), snapshot.events.min_replicas, Override(spec, snapshot)});
    seen.min = spec.replicas.min;
    return seen;
  }
  static int Override(const api::ServiceSpec& spec, const Snapshot& snapshot) {
    const auto& person = spec.override_floor;
    return person && snapshot.now.wall < person->until ? person->min_replicas : 0;
  }

  // What speaks against this floor after `seen`; empty if nothing does.
  std::string Judge(const api::ServiceSpec& spec, const Seen& seen, int floor) const {
    const auto [min, max] = spec.replicas;
    if (floor < min || floor > max) return "out of bounds";
    const bool may_fall_short = spec.prediction.max_raise.has_value();
    if (!may_fall_short && floor < std::clamp(seen.need, min, max)) return "below the need of now";
    if (floor >= seen.stood) return may_fall_short ? JudgeRaise(spec, seen, floor) : "";
    if (floor == max) return "";  // a person has lowered it
    if (!Allows(spec, seen, floor) || !MayBe(spec, seen.at, floor))
      return "lowered without a whole window that allows it";
    const api::PaceLimit& limit = spec.prediction.max_release;
    for (const int stood : StoodWithin(seen, limit.period)) {
      if (floor < std::min(stood - StepOf(limit, stood), max)) return "lowered faster than maxReleasePerPeriod";
    }
    return "";
  }

  void Note(Seen seen, int floor) {
    seen.floor = floor;
    looks_.push_back(seen);
    while (looks_.front().at + hours(1) < seen.at) {
      initial_ = looks_.front().floor;
      looks_.pop_front();
    }
  }

  // True if at some look until now a whole window allowed this floor, and nothing has asked for more since: what a
  // write that lowers the HPA needs, which may come later than its decision.
  bool WasAllowed(const api::ServiceSpec& spec, int floor) const {
    for (size_t i = looks_.size(); i-- > 0;) {
      if (std::min(looks_[i].need, spec.replicas.max) > floor) return false;
      if (!looks_[i].held && MayBe(spec, looks_[i].at, floor)) return true;
    }
    return false;
  }

  // True if something has needed so much since a window, or the period of a pace, before `since`: a hold alone raises
  // nothing.
  bool WasAskedFor(const api::ServiceSpec& spec, int floor, SteadyTime since) const {
    const milliseconds before = std::max(spec.autoscaling.scale_down_window, spec.prediction.max_release.period);
    for (size_t i = looks_.size(); i-- > 0 && looks_[i].at + before > since;) {
      if (std::max(looks_[i].min, std::min(looks_[i].need, spec.replicas.max)) >= floor) return true;
    }
    return false;
  }

  const std::deque<Seen>& looks() const { return looks_; }

  static int StepOf(const api::PaceLimit& limit, int from) {
    return std::max({1, limit.replicas, static_cast<int>(std::ceil(from * (limit.percent / 100.0) - 1e-9))});
  }

 private:
  int Before() const { return looks_.empty() ? initial_ : looks_.back().floor; }
  static int Standing(const api::ServiceSpec& spec, const Snapshot& snapshot) {
    return snapshot.standing ? std::clamp(*snapshot.standing, spec.replicas.min, spec.replicas.max) : 0;
  }

  bool ClockIsOff(const Seen& seen, const api::ServiceSpec& spec, const Snapshot& snapshot) const {
    const auto differs = [](const Seen& a, const Seen& b) {
      const auto by_steady = std::chrono::duration_cast<milliseconds>(b.at - a.at);
      return std::chrono::abs(b.wall - a.wall - by_steady) > seconds(30);
    };
    const milliseconds settled = spec.autoscaling.scale_down_window + snapshot.look_ahead.lead;
    if (looks_.empty()) return false;
    if (differs(looks_.back(), seen)) return true;
    for (size_t i = looks_.size(); i-- > 1 && looks_[i].at + settled > seen.at;) {
      if (differs(looks_[i - 1], looks_[i])) return true;
    }
    return false;
  }

  int Reactive(const Seen& seen, const Snapshot& snapshot) const {
    const Forecast& forecast = snapshot.forecast;
    const bool ready = forecast.state == Forecast::State::kReady;
    double demand = seen.demand;
    if (ready && forecast.slack >= 0.8 && seen.full) {
      for (const Seen& past : looks_) {
        if (past.full && past.at + snapshot.look_ahead.lead > seen.at) demand = std::min(demand, past.demand);
      }
    }
    return CountReplicas(demand, ready ? snapshot.capacity->at_quantile : snapshot.capacity->per_replica);
  }

  static int Predicted(const Snapshot& snapshot) {
    const Forecast& forecast = snapshot.forecast;
    const double times = snapshot.events.multiplier;
    const double share = std::min(1.0, std::max(0.0, (0.6 - forecast.slack) / 0.3));
    if (forecast.state != Forecast::State::kReady || (forecast.slack >= 0.8 && times <= 1)) return 0;
    const double paid = forecast.expected * (1 - share) + forecast.quantile * share;
    return std::max(CountReplicas(times * forecast.expected, snapshot.capacity->per_replica),
                    CountReplicas(times * paid, snapshot.capacity->at_quantile));
  }

  std::string JudgeRaise(const api::ServiceSpec& spec, const Seen& seen, int floor) const {
    const api::PaceLimit& limit = *spec.prediction.max_raise;
    if (floor == seen.stood || floor == spec.replicas.min) return "";
    for (const int stood : StoodWithin(seen, limit.period)) {
      if (floor > stood + StepOf(limit, stood)) return "raised faster than maxRaisePerPeriod";
    }
    return "";
  }

  // What has been in force within the period that ends at `seen`: until each look what stood before it.
  std::vector<int> StoodWithin(const Seen& seen, milliseconds period) const {
    std::vector<int> stood{seen.stood};
    for (size_t i = looks_.size(); i-- > 0 && looks_[i].at + period > seen.at;) stood.push_back(looks_[i].stood);
    return stood;
  }

  // Whether at `seen` this floor needs no more than what was there: nothing was needed
  // above it, and no hold forbade to release what stood.
  static bool Allows(const api::ServiceSpec& spec, const Seen& seen, int floor) {
    const int least = std::max(seen.need, seen.held ? seen.stood : 0);
    return std::min(least, spec.replicas.max) <= floor;
  }
  // Whether so it was over the whole window that ends at `now`, as far as it is noted.
  bool MayBe(const api::ServiceSpec& spec, SteadyTime now, int floor) const {
    const milliseconds window = spec.autoscaling.scale_down_window;
    if (began_ + window > now && floor < std::min(initial_, spec.replicas.max)) return false;
    for (size_t i = looks_.size(); i-- > 0 && looks_[i].at + window > now;) {
      if (looks_[i].at <= now && !Allows(spec, looks_[i], floor)) return false;
    }
    return true;
  }

  SteadyTime began_;
  int initial_;  // before the first of the looks
  std::deque<Seen> looks_;
};

}  // namespace dso::decide::test
