#include "runtime/event_loop.h"

namespace dso::runtime {

void EventLoop::Post(std::function<void()> fn) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(fn));
  }
  wake_.notify_one();
}

Loop::TimerId EventLoop::RunAfter(milliseconds delay, std::function<void()> fn) {
  const TimerId id = next_timer_++;
  const SteadyTime deadline = Now() + delay;
  timers_.emplace(Deadline{deadline, id}, std::move(fn));
  deadlines_.emplace(id, deadline);
  return id;
}

void EventLoop::CancelTimer(TimerId id) {
  const auto found = deadlines_.find(id);
  if (found == deadlines_.end()) return;
  timers_.erase({found->second, id});
  deadlines_.erase(found);
}

void EventLoop::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
}

SteadyTime EventLoop::LastTurn() const {
  const std::lock_guard lock(mutex_);
  return last_turn_;
}

std::vector<std::function<void()>> EventLoop::WaitForWork() {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return stopping_ || !posted_.empty(); };
  if (timers_.empty()) {
    // A turn now and then even when idle: LastTurn() is the liveness signal.
    wake_.wait_for(lock, seconds(1), ready);
  } else {
    wake_.wait_until(lock, std::min(timers_.begin()->first.first, Now() + seconds(1)), ready);
  }
  last_turn_ = Now();
  return std::exchange(posted_, {});
}

void EventLoop::RunDueTimers() {
  const SteadyTime now = Now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto due = timers_.extract(timers_.begin());
    deadlines_.erase(due.key().second);
    due.mapped()();
  }
}

void EventLoop::Run() {
  while (true) {
    for (const auto& fn : WaitForWork()) fn();
    RunDueTimers();
    const std::lock_guard lock(mutex_);
    if (stopping_ && posted_.empty()) return;
  }
}

}  // namespace dso::runtime
