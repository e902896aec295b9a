// The live Loop: one thread runs everything that was posted and every timer that is due, in order.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/loop.h"

namespace dso::runtime {

class EventLoop final : public Loop {
 public:
  void Post(std::function<void()> fn) override;
  TimerId RunAfter(milliseconds delay, std::function<void()> fn) override;
  void CancelTimer(TimerId id) override;
  SteadyTime Now() const override { return std::chrono::steady_clock::now(); }
  WallTime WallNow() const override {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  }

  // Runs on the calling thread, which becomes the loop's thread, until Stop(). What was posted before Stop() still
  // runs.
  void Run();
  // Any thread.
  void Stop();

  // The moment the loop last began to wait or to work: an old one means that it is stuck. Any thread.
  SteadyTime LastTurn() const;

 private:
  using Deadline = std::pair<SteadyTime, TimerId>;  // the id breaks ties in the order of the calls

  std::vector<std::function<void()>> WaitForWork();
  void RunDueTimers();

  mutable std::mutex mutex_;  // guards posted_, stopping_ and last_turn_
  std::condition_variable wake_;
  std::vector<std::function<void()>> posted_;
  bool stopping_ = false;
  SteadyTime last_turn_ = Now();

  // Loop thread only.
  std::map<Deadline, std::function<void()>> timers_;
  std::unordered_map<TimerId, SteadyTime> deadlines_;
  TimerId next_timer_ = 1;
};

}  // namespace dso::runtime
