// A thread of low priority for work that takes seconds: one piece at a time. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

namespace dso::rpc {

class BackgroundWorker {
 public:
  BackgroundWorker() = default;
  // Tells the work that is under way to stop, and waits for it.
  ~BackgroundWorker();

  // Runs on the worker's thread, asks `stopping` now and then, and ends soon once that is true.
  using Work = std::function<void(const std::atomic<bool>& stopping)>;
  // False if something is under way.
  bool TryStart(Work work);

 private:
  std::mutex mutex_;
  bool busy_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace dso::rpc
