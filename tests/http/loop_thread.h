// The live event loop on a thread of its own, for tests of what needs real sockets.
#pragma once

#include <exception>
#include <future>
#include <thread>
#include <type_traits>

#include "base/task.h"
#include "runtime/event_loop.h"

namespace dso::http {

class LoopThread {
 public:
  // One for the whole program, and never destroyed: the completion of a request that a test has cancelled may come
  // after the test has ended.
  static LoopThread& Get() {
    static auto* const instance = new LoopThread;
    return *instance;
  }

  Loop& loop() { return loop_; }
  std::thread::id id() const { return thread_.get_id(); }

  // Calls `start`, which returns a Task, on the loop's thread and waits for the Task's end. What it throws is rethrown.
  template <typename Start>
  auto Run(const Start& start) {
    using Value = decltype(start().await_resume());
    std::promise<Value> ended;
    std::future<Value> outcome = ended.get_future();
    loop_.Post([&] { Spawn(Fulfil<Value>(start, ended)); });
    return outcome.get();
  }

 private:
  LoopThread() : thread_([this] { loop_.Run(); }) {}

  // Both live in Run(), which waits for the end.
  template <typename Value, typename Start>
  static Task<void> Fulfil(const Start& start, std::promise<Value>& ended) {
    try {
      if constexpr (std::is_void_v<Value>) {
        co_await start();
        ended.set_value();
      } else {
        Value value = co_await start();
        ended.set_value(std::move(value));
      }
    } catch (...) {
      ended.set_exception(std::current_exception());
    }
  }

  runtime::EventLoop loop_;
  std::thread thread_;
};

}  // namespace dso::http
