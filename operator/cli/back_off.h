// When to ask again after a connection has broken. Not thread-safe.
#pragma once

#include <stop_token>

#include "base/time.h"

namespace dso::cli {

// From 1 s doubling up to 10 s: a person waits.
class BackOff {
 public:
  milliseconds Next();
  void Reset() { next_ = kFirst; }

 private:
  static constexpr milliseconds kFirst{1000};
  static constexpr milliseconds kMost{10'000};
  milliseconds next_ = kFirst;
};

// False if a stop was requested meanwhile.
bool WaitFor(milliseconds duration, const std::stop_token& stop);

}  // namespace dso::cli
