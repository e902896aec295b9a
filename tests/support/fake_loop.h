// A loop whose clock only moves when a test says so: a day of timers runs in a millisecond, the same each time.
//
//   FakeLoop loop;
//   const bool slept = RunTask(loop, Sleep(loop, std::chrono::hours(1)));   // returns at once
//
// One thread runs it; Post may be called from any thread, as the contract of Loop wants it.
#pragma once

#include <algorithm>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "base/loop.h"
#include "base/task.h"

namespace dso {

class FakeLoop final : public Loop {
 public:
  // 2026-01-01T00:00:00Z: any fixed moment would do.
  static constexpr WallTime kDefaultStart{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

  explicit FakeLoop(WallTime start = kDefaultStart) : start_(start) {}

  void Post(std::function<void()> fn) override {
    const std::scoped_lock lock(mutex_);
    posted_.push_back(std::move(fn));
  }
  TimerId RunAfter(milliseconds delay, std::function<void()> fn) override {
    const TimerId id = ++last_timer_;
    const TimerKey key{elapsed_ + std::max(delay, milliseconds(0)), id};
    timers_.emplace(key, std::move(fn));
    deadlines_.emplace(id, key.first);
    return id;
  }
  void CancelTimer(TimerId id) override {
    const auto found = deadlines_.find(id);
    if (found == deadlines_.end()) return;
    timers_.erase({found->second, id});
    deadlines_.erase(found);
  }
  SteadyTime Now() const override { return SteadyTime(elapsed_); }
  WallTime WallNow() const override { return start_ + elapsed_; }

  // Runs what is posted and the timers that are due, until there is nothing left to do now. The clock stands still.
  void RunUntilIdle() {
    int turns = 0;
    while (RunPosted() || RunDueTimer()) {
      if (++turns > kMaxTurns) throw std::runtime_error("FakeLoop: the work at one moment never ends");
    }
  }

  // Moves the clock by `duration`, running each timer at its own moment.
  void Advance(milliseconds duration) {
    const milliseconds until = elapsed_ + duration;
    RunUntilIdle();
    while (!timers_.empty() && timers_.begin()->first.first <= until) {
      elapsed_ = timers_.begin()->first.first;
      RunUntilIdle();
    }
    elapsed_ = until;
  }

  // Moves the clock to the next timer and runs it. False if there is none.
  bool AdvanceToNextTimer() {
    RunUntilIdle();
    if (timers_.empty()) return false;
    Advance(timers_.begin()->first.first - elapsed_);
    return true;
  }

  size_t pending_timers() const { return timers_.size(); }

 private:
  using TimerKey = std::pair<milliseconds, TimerId>;  // ids rise, so equal deadlines run in the order of the calls
  static constexpr int kMaxTurns = 10'000'000;

  bool RunPosted() {
    std::function<void()> fn;
    {
      const std::scoped_lock lock(mutex_);
      if (posted_.empty()) return false;
      fn = std::move(posted_.front());
      posted_.pop_front();
    }
    fn();
    return true;
  }
  bool RunDueTimer() {
    if (timers_.empty() || timers_.begin()->first.first > elapsed_) return false;
    auto timer = timers_.extract(timers_.begin());
    deadlines_.erase(timer.key().second);
    timer.mapped()();
    return true;
  }

  const WallTime start_;
  milliseconds elapsed_{0};
  TimerId last_timer_ = 0;
  std::map<TimerKey, std::function<void()>> timers_;
  std::map<TimerId, milliseconds> deadlines_;
  std::mutex mutex_;
  std::deque<std::function<void()>> posted_;
};

namespace fake_loop_internal {

template <typename T>
struct Outcome {
  using Value = std::conditional_t<std::is_void_v<T>, bool, T>;
  std::optional<Value> value;
  std::exception_ptr exception;
  bool Ended() const { return value.has_value() || exception; }
};

template <typename T>
Task<void> Capture(Task<T> task, std::shared_ptr<Outcome<T>> outcome) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(task);
      outcome->value.emplace(true);
    } else {
      outcome->value.emplace(co_await std::move(task));
    }
  } catch (...) {
    outcome->exception = std::current_exception();
  }
}

}  // namespace fake_loop_internal

// Runs `task` to its end, moving the clock from timer to timer for as long as that takes. An exception of the task is
// rethrown; a task that waits for what never comes is a std::runtime_error.
template <typename T>
T RunTask(FakeLoop& loop, Task<T> task) {
  const auto outcome = std::make_shared<fake_loop_internal::Outcome<T>>();
  Spawn(fake_loop_internal::Capture(std::move(task), outcome));
  loop.RunUntilIdle();
  while (!outcome->Ended()) {
    if (!loop.AdvanceToNextTimer()) throw std::runtime_error("RunTask: the task waits for something that never comes");
  }
  if (outcome->exception) std::rethrow_exception(outcome->exception);
  if constexpr (!std::is_void_v<T>) return std::move(*outcome->value);
}

}  // namespace dso
