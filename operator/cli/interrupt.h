// SIGINT, SIGTERM and SIGHUP as a stop_token.
#pragma once

#include <stop_token>
#include <thread>

namespace dso::cli {

// Construct it on the main thread before any other thread starts, so that all of them leave the signals to it; one at a
// time. The first of them requests the stop; another one, a second or more after it, ends the process as if nobody
// listened.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  // The signals stay blocked: one that comes now would undo an end in good order.
  ~Interrupt();

  // Thread-safe.
  std::stop_token token() const { return stop_.get_token(); }

 private:
  void Listen();

  std::stop_source stop_;
  int wake_;
  std::thread listener_;
};

}  // namespace dso::cli
