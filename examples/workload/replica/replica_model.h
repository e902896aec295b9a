// What one LLM replica lets in: a pure model of admission, start-up and drain, without clock or I/O.
//
// A replica works on at most `slots` requests at once (its batch), keeps at most `queue_places` waiting, and refuses
// the rest at once. It is a state machine with three phases:
//
//   phase     | readiness | a new request
//   starting  | no        | refused: the model is still being loaded
//   serving   | yes       | takes a slot, else a place in the queue, else is refused
//   draining  | no        | as serving: endpoints are removed while requests are still on their way
#pragma once

#include <chrono>
#include <cstdint>

namespace workload {

enum class Admission {
  kStarted,   // holds a slot
  kQueued,    // waits; some later Finish() hands it a slot
  kBusy,      // refused: no slot and no place in the queue
  kStarting,  // refused: not ready yet
};

// Not thread-safe.
class ReplicaModel {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Limits {
    std::int64_t slots = 1;         // at least 1
    std::int64_t queue_places = 0;  // at least 0
  };

  // `ready_at`: when the start-up is over.
  ReplicaModel(Limits limits, TimePoint ready_at) : limits_(limits), ready_at_(ready_at) {}

  Admission Offer(TimePoint now);

  // A request that held a slot has ended. True: its slot belongs to the one that has waited longest, which the caller
  // starts now. False: the slot is free.
  [[nodiscard]] bool Finish();

  void BeginDrain() { draining_ = true; }

  bool ready(TimePoint now) const { return !draining_ && now >= ready_at_; }
  bool draining() const { return draining_; }
  // Zero once started.
  std::chrono::nanoseconds startup_left(TimePoint now) const;

  std::int64_t working() const { return working_; }
  std::int64_t waiting() const { return waiting_; }
  std::int64_t slots() const { return limits_.slots; }

 private:
  Limits limits_;
  TimePoint ready_at_;
  std::int64_t working_ = 0;
  std::int64_t waiting_ = 0;
  bool draining_ = false;
};

}  // namespace workload
