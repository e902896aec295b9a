// What coroutines on the loop need beyond Task: sleeping, bounded concurrency, waiting for several.
// Not thread-safe: loop thread only.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "base/task.h"

namespace dso {

// Waits for `delay`, or less if a stop is requested. False if it was cut short.
Task<bool> Sleep(Loop& loop, milliseconds delay, std::stop_token stop = {});

// Lets everything else that is due run first: for long work that must not hold up the loop.
Task<void> Yield(Loop& loop);

// Lets at most `permits` coroutines through at once, in the order of their arrival.
class Semaphore {
 public:
  Semaphore(Loop& loop, int permits) : loop_(loop), available_(permits) {}

  // Holds a permit for as long as it lives.
  class Permit {
   public:
    explicit Permit(Semaphore* owner) : owner_(owner) {}
    Permit(Permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (owner_ != nullptr) owner_->Release();
    }

   private:
    Semaphore* owner_;
  };

  Task<Permit> Acquire();

 private:
  void Release();

  Loop& loop_;
  int available_;
  std::deque<Deferred<bool>> waiting_;
};

// Counts work that runs on its own, so that somebody can wait until none is under way. Outlives the work.
class WaitGroup {
 public:
  // Counts for as long as it lives.
  class Entry {
   public:
    explicit Entry(WaitGroup* owner) : owner_(owner) { ++owner_->under_way_; }
    Entry(Entry&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Entry& operator=(Entry&&) = delete;
    ~Entry() {
      if (owner_ != nullptr) owner_->Leave();
    }

   private:
    WaitGroup* owner_;
  };

  [[nodiscard]] Entry Enter() { return Entry(this); }
  // Ends when nothing is under way, at once if nothing is. Several may wait.
  Task<void> Wait();

 private:
  void Leave();

  int under_way_ = 0;
  std::vector<Deferred<bool>> waiting_;
};

// Runs all tasks concurrently and returns when the last one has ended.
Task<void> WhenAll(std::vector<Task<void>> tasks);

}  // namespace dso
