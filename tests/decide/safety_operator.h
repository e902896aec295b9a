// The operator's loop round a decision, as controller/assess.cc and controller/reconciler.cc have it: a sync reads the
// demand and looks; a difference between the decision and the HPA, or a change of the HPA, is reconciled; a write
// carries the resourceVersion of the cache, and one is under way at a time. Watches what it decides with an oracle.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/decide/safety_api.h"
#include "tests/decide/safety_oracle.h"
#include "tests/decide/safety_world.h"

namespace dso::decide::test {

// Of what happens between an operator and its API server now.
struct Weather {
  bool writes_fail = false;
  bool writes_are_late = false;
  bool answers_are_lost = false;  // what was written counts as failed
  bool watch_lags = false;
  bool syncs_are_missed = false;
};

// A write as the test judges it.
struct JudgedWrite : HpaWrite {
  bool may_lower = false;
  bool may_raise = false;  // over what the same process has written
  bool answer_is_lost = false;
};

class SafetyOperator {
 public:
  SafetyOperator(int id, World& world, SafetyApi& api, std::vector<JudgedWrite>& wire, Dice& dice, seconds period)
      : id_(id),
        world_(world),
        api_(api),
        wire_(wire),
        dice_(dice),
        period_(period),
        cache_(api.hpa()),
        next_sync_(world.now + seconds(dice.Below(15))),
        loaded_at_(world.now + seconds(dice.Of({0, 20, 600}))) {}

  int id() const { return id_; }
  // Its first look, if there was one yet.
  std::optional<SteadyTime> began() const { return began_; }
  int looks() const { return looks_; }
  const std::string& problem() const { return problem_; }

  // Every second. First the answers, then the watch, then the clock.
  void Step(const Weather& weather) {
    weather_ = weather;
    if (!weather.watch_lags && cache_.resource_version != api_.hpa().resource_version) {
      const bool changed = cache_.min_replicas != api_.hpa().min_replicas;
      cache_ = api_.hpa();
      if (changed) Reconcile();
    }
    if (again_at_ && *again_at_ <= world_.now) Reconcile();
    if (next_sync_ <= world_.now) {
      next_sync_ = world_.now + period_;
      if (!weather.syncs_are_missed) Sync();
    }
  }

  void Answer(const JudgedWrite& write, bool applied) {
    in_flight_ = false;
    if (write.answer_is_lost) replaced_ = known_replaced_;
    if (applied && !write.answer_is_lost) {
      written_ = write.min_replicas;
      written_at_ = world_.now;
      sent_at_ = write.sent_at;
    } else {
      again_at_ = world_.now + seconds(2);
    }
  }

  // After a sync and its writes: the need of the demand that was seen, if nothing was in the way of writing it.
  std::optional<int> TakePromise() {
    const std::optional<int> promise = std::exchange(promise_, std::nullopt);
    return in_flight_ || again_at_ ? std::nullopt : promise;
  }

 private:
  int Bounded(int replicas) const { return std::clamp(replicas, world_.spec.replicas.min, world_.spec.replicas.max); }
  bool IsActive() const { return world_.spec.prediction.mode == api::PredictionMode::kActive; }
  std::optional<int> FloorInForce() const {
    std::optional<int> floor = api_.status_floor;
    if (IsActive()) floor = std::max(floor.value_or(0), cache_.min_replicas);
    return floor;
  }
  std::optional<int> Standing() const {
    if (!IsActive() || replaced_ == cache_.resource_version) return std::nullopt;
    return cache_.min_replicas;
  }

  void Sync() {
    reading_ = world_.Read();
    read_at_ = world_.now;
    const bool is_free = !in_flight_ && cache_.resource_version == api_.hpa().resource_version;
    Look();
    if (!weather_.writes_fail) api_.status_floor = decision_.floor;
    if (cache_.min_replicas != decision_.hpa_min_replicas) Reconcile();
    if (IsActive() && is_free && reading_.state == Demand::State::kKnown && !world_.spec.prediction.max_raise) {
      promise_ = Bounded(oracle_->looks().back().reactive);
    }
  }

  void Reconcile() {
    if (in_flight_) return;
    again_at_.reset();
    Look();
    const int wanted = decision_.hpa_min_replicas;
    if (cache_.min_replicas == wanted) return;
    if (written_at_ && written_ == wanted && world_.now - *written_at_ < seconds(10)) {
      again_at_ = world_.now + seconds(10);
      return;
    }
    if (weather_.writes_fail) {
      again_at_ = world_.now + seconds(5);
      return;
    }
    Send(wanted);
  }

  void Send(int wanted) {
    JudgedWrite write;
    write.writer = id_;
    write.min_replicas = wanted;
    write.resource_version = cache_.resource_version;
    write.sent_at = write.arrives_at = world_.now;
    if (weather_.writes_are_late) write.arrives_at += dice_.Within(seconds(1), seconds(60));
    write.may_lower = !IsActive() || wanted == world_.spec.replicas.max || oracle_->WasAllowed(world_.spec, wanted);
    write.may_raise =
        !IsActive() || written_ != cache_.min_replicas || oracle_->WasAskedFor(world_.spec, wanted, sent_at_);
    write.answer_is_lost = weather_.answers_are_lost;
    in_flight_ = true;
    known_replaced_ = std::exchange(replaced_, cache_.resource_version);
    wire_.push_back(write);
  }

  void Begin() {
    began_ = world_.now;
    floor_in_force_ = FloorInForce();
    oracle_.emplace(world_.now, Bounded(floor_in_force_.value_or(world_.spec.replicas.min)));
  }

  void Look() {
    ++looks_;
    if (!began_) Begin();
    Snapshot snapshot{.now = {world_.now, world_.Wall()},
                      .demand = reading_,
                      .forecast = world_.forecast,
                      .events = world_.events,
                      .look_ahead = world_.look_ahead,
                      .capacity = world_.capacity,
                      .pods_on_their_way = world_.pods_on_their_way,
                      .standing = Standing(),
                      .floor_in_force = floor_in_force_};
    if (world_.now < loaded_at_) snapshot.forecast = Loading();
    if (read_at_ && world_.now - *read_at_ > minutes(2)) snapshot.demand = Missing();
    const Oracle::Seen seen = oracle_->Look(world_.spec, snapshot);
    Outcome outcome = DecideFloorUnexplained(world_.spec, snapshot, std::move(state_));
    state_ = std::move(outcome.next);
    decision_ = std::move(outcome.decision);
    const std::string objection = Judge(snapshot, seen);
    if (!objection.empty() && problem_.empty()) problem_ = Describe(seen, objection);
    oracle_->Note(seen, decision_.floor);
  }

  std::string Judge(const Snapshot& snapshot, const Oracle::Seen& seen) const {
    if (IsActive() && decision_.hpa_min_replicas != decision_.floor) return "the HPA is not to have the floor";
    const int by_person = Bounded(Oracle::Override(world_.spec, snapshot));
    if (!IsActive() && decision_.hpa_min_replicas != by_person) return "a floor that is not active is applied";
    if (world_.spec.prediction.mode == api::PredictionMode::kOff) return "";
    return oracle_->Judge(world_.spec, seen, decision_.floor);
  }
  std::string Describe(const Oracle::Seen& seen, const std::string& objection) const {
    return "process " + std::to_string(id_) + " after " + std::to_string(looks_) + " looks: " + objection + ": floor " +
           std::to_string(seen.stood) + " -> " + std::to_string(decision_.floor) + ", needed " +
           std::to_string(seen.need) + (seen.held ? ", held" : "") + " (the code: needed " +
           std::to_string(decision_.wanted) + ", " + std::string(ToString(decision_.reason)) + ", " +
           std::string(ToString(decision_.hold)) + ")";
  }

  int id_;
  std::optional<SteadyTime> began_;
  World& world_;
  SafetyApi& api_;
  std::vector<JudgedWrite>& wire_;
  Dice& dice_;
  seconds period_;
  Weather weather_;

  SafetyApi::Hpa cache_;
  SteadyTime next_sync_;
  SteadyTime loaded_at_;  // the history
  std::optional<int> floor_in_force_;
  Demand reading_;
  std::optional<SteadyTime> read_at_;
  FloorState state_;
  Decision decision_;

  bool in_flight_ = false;
  std::optional<SteadyTime> again_at_;
  int written_ = 0;
  std::optional<SteadyTime> written_at_;
  SteadyTime sent_at_{};                   // what was written
  std::optional<int64_t> replaced_;        // the version that a write is to replace, or that something has replaced
  std::optional<int64_t> known_replaced_;  // before the last write

  std::optional<Oracle> oracle_;
  std::optional<int> promise_;
  int looks_ = 0;
  std::string problem_;
};

}  // namespace dso::decide::test
