// A service in a random world: what is declared of it, what it is asked for, what is forecast, and what goes wrong.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/decide/sample.h"

namespace dso::decide::test {

class Dice {
 public:
  explicit Dice(uint32_t seed) : random_(seed) {}
  int Below(int end) { return static_cast<int>(random_() % static_cast<uint32_t>(end)); }
  int Between(int first, int last) { return first + Below(last - first + 1); }
  bool OneIn(int n) { return Below(n) == 0; }
  double Share() { return Below(1 << 20) / static_cast<double>(1 << 20); }
  seconds Within(seconds shortest, seconds longest) {
    return seconds(Between(static_cast<int>(shortest.count()), static_cast<int>(longest.count())));
  }
  template <typename Value>
  Value Of(std::initializer_list<Value> values) {
    return values.begin()[Below(static_cast<int>(values.size()))];
  }

 private:
  std::mt19937 random_;
};

// Something that comes, lasts and goes. Asked in the order of time.
class Spell {
 public:
  Spell(Dice& dice, seconds gap, seconds length) : dice_(dice), gap_(gap), length_(length) {}
  bool IsOn(SteadyTime now) {
    while (now >= until_) {
      from_ = until_ + dice_.Within(seconds(1), gap_);
      until_ = from_ + dice_.Within(seconds(1), length_);
    }
    return now >= from_;
  }

 private:
  Dice& dice_;
  seconds gap_;
  seconds length_;
  SteadyTime from_{};
  SteadyTime until_{};
};

inline api::PaceLimit RandomPace(Dice& dice, milliseconds period) {
  return {.replicas = dice.Below(5), .percent = dice.Below(60), .period = period};
}

inline void ChangeBounds(Dice& dice, api::ServiceSpec& spec) {
  const int min = dice.Between(1, 6);
  spec.replicas = {.min = min, .max = min + dice.Below(60)};
}

inline api::ServiceSpec RandomSpec(Dice& dice) {
  api::ServiceSpec spec = SampleSpec();
  ChangeBounds(dice, spec);
  spec.autoscaling.scale_down_window = seconds(dice.Of({0, 30, 60, 300, 300, 900}));
  spec.prediction.mode =
      dice.OneIn(6) ? dice.Of({api::PredictionMode::kShadow, api::PredictionMode::kOff}) : api::PredictionMode::kActive;
  spec.prediction.events.emplace_back();
  spec.prediction.max_release = RandomPace(dice, seconds(dice.Of({15, 60, 300})));
  return spec;
}

class World {
 public:
  World(Dice& dice, SteadyTime begin)
      : now(begin), spec(RandomSpec(dice)), dice_(dice), shape_(dice.Below(6)), base_(dice.Of({0, 8, 60, 300})) {
    look_ahead.lead = seconds(dice.Of({60, 120, 300, 600}));
    if (dice.OneIn(2)) spec.prediction.max_raise = RandomPace(dice, raise_period_);
    ChangeCapacity();
    NewForecast();
  }

  // The world moves on by a second.
  void Step() {
    now += seconds(1);
    if (dice_.OneIn(90)) NewForecast();
    if (dice_.OneIn(2400)) ChangeBounds(dice_, spec);
    if (dice_.OneIn(4800)) ChangeCapacity();
    // A longer period would begin with less than it knows.
    if (dice_.OneIn(4800)) spec.prediction.max_release = RandomPace(dice_, spec.prediction.max_release.period);
    if (dice_.OneIn(4800)) {
      spec.prediction.max_raise.reset();
      if (dice_.OneIn(2)) spec.prediction.max_raise = RandomPace(dice_, raise_period_);
    }
    if (dice_.OneIn(2400)) {
      spec.override_floor = api::OverrideSpec{
          .min_replicas = dice_.Below(40), .until = Wall() + dice_.Within(seconds(1), seconds(1800)), .reason = ""};
    }
    if (dice_.OneIn(3600)) wall_offset_ += dice_.Of({-1, 1}) * seconds(dice_.Of({5, 29, 45, 3600, 90000}));
    events = {.multiplier = multiplied_.IsOn(now) ? multiplier_ : 1,
              .min_replicas = event_.IsOn(now) ? event_replicas_ : 0};
    pods_on_their_way = pods_.IsOn(now) ? 3 : 0;
  }

  WallTime Wall() const {
    return kMorning + std::chrono::duration_cast<milliseconds>(now.time_since_epoch()) + wall_offset_;
  }

  // What Prometheus answers now.
  Demand Read() {
    if (outage_.IsOn(now)) return Missing();
    const double demand = TrueDemand();
    return partial_.IsOn(now) ? AtLeast(demand * dice_.Share()) : Known(demand);
  }

  SteadyTime now;
  api::ServiceSpec spec;
  PlannedCapacity capacity;
  LookAhead look_ahead;
  Forecast forecast;
  EventsAhead events;
  int pods_on_their_way = 0;

 private:
  double TrueDemand() {
    const double hour = std::chrono::duration<double, std::ratio<3600>>(now.time_since_epoch()).count();
    const double noise = 1 + 0.1 * (dice_.Share() - 0.5);
    switch (shape_) {
      case 0: return 0;
      case 1: return base_ * (1 + std::sin(hour * 3)) * noise;                // days of two hours
      case 2: return burst_.IsOn(now) ? base_ * 8 * noise : base_ * 0.1;      // sparse bursts
      case 3: return base_ * (std::fmod(hour, 1.5) < 0.7 ? 2 : 0.3);          // steps
      case 4: return 80 + 2 * (dice_.Share() - 0.5);                          // round a whole number of replicas
      default: return dice_.OneIn(40) ? 1e6 * dice_.Share() : base_ * noise;  // now and then without measure
    }
  }
  void ChangeCapacity() { capacity = PlanWith(dice_.Of({7.5, 10.0, 10.0, 13.0}), 13.3, "Learned"); }
  void NewForecast() {
    using State = Forecast::State;
    forecast.state =
        dice_.Of({State::kReady, State::kReady, State::kReady, State::kReady, State::kInsufficient, State::kOutdated});
    forecast.expected = TrueDemand() * 1.5 * dice_.Share();
    forecast.quantile = forecast.expected * (1 + dice_.Share());
    forecast.slack = dice_.Of({0.0, 0.2, 0.45, 0.7, 3.0});
  }

  Dice& dice_;
  int shape_;
  double base_;
  milliseconds raise_period_ = seconds(dice_.Of({15, 60, 300}));
  double multiplier_ = dice_.Of({0.5, 1.5, 3.0});
  int event_replicas_ = dice_.Below(40);
  seconds wall_offset_{0};
  Spell outage_{dice_, seconds(2400), seconds(600)};
  Spell partial_{dice_, seconds(2400), seconds(300)};
  Spell pods_{dice_, seconds(2400), seconds(120)};
  Spell multiplied_{dice_, seconds(7200), seconds(1200)};
  Spell event_{dice_, seconds(7200), seconds(1200)};
  Spell burst_{dice_, seconds(1800), seconds(240)};
};

}  // namespace dso::decide::test
