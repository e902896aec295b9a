// The event loop as the rest of the operator sees it: one thread that owns all state, and the only clock.
//
// Everything that waits (timers, network, signals) ends in a function posted to the loop. The live loop is
// runtime/event_loop.h; tests use one with a virtual clock (tests/support/fake_loop.h). Both pass the same contract
// tests.
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/time.h"

namespace dso {

class Loop {
 public:
  using TimerId = uint64_t;

  virtual ~Loop() = default;

  // Runs `fn` on the loop's thread, after all that was posted before it. The only function that any thread may call.
  virtual void Post(std::function<void()> fn) = 0;

  // Runs `fn` once, no earlier than `delay` from now; equal deadlines run in the order of the calls.
  virtual TimerId RunAfter(milliseconds delay, std::function<void()> fn) = 0;
  // After this the timer's function does not run; an id that has run or is unknown is ignored.
  virtual void CancelTimer(TimerId id) = 0;

  virtual SteadyTime Now() const = 0;
  virtual WallTime WallNow() const = 0;
};

// A value that arrives once, later, on the loop's thread; awaited by at most one coroutine, which must not be destroyed
// while it waits. The shared state lives as long as either side, so a value that nobody awaits any more is dropped.
template <typename T>
class Deferred {
 public:
  // The first value counts; later ones are ignored.
  void Set(T value) const {
    if (state_->value) return;
    state_->value.emplace(std::move(value));
    if (state_->awaiter) std::exchange(state_->awaiter, nullptr).resume();
  }
  bool IsSet() const { return state_->value.has_value(); }

  bool await_ready() const noexcept { return IsSet(); }
  void await_suspend(std::coroutine_handle<> awaiter) const noexcept { state_->awaiter = awaiter; }
  T await_resume() const { return std::move(*state_->value); }

 private:
  struct State {
    std::optional<T> value;
    std::coroutine_handle<> awaiter;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace dso
