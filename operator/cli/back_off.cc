#include "cli/back_off.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace dso::cli {

milliseconds BackOff::Next() { return std::exchange(next_, std::min(2 * next_, kMost)); }

bool WaitFor(milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace dso::cli
