// Keeps a fault that concerns hundreds of services, or that is tried again and again, from flooding the log: of lines
// of one kind the first five are written, then one a minute, which says how many were left out before it. Not
// thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/time.h"

namespace dso {

inline constexpr int kLogBurst = 5;
inline constexpr seconds kLogInterval{60};

class LogThrottle {
 public:
  // How many lines of the kind were left out since the last that was written, if one is to be written at `now`.
  std::optional<int> Admit(const std::string& kind, SteadyTime now);

 private:
  struct Kind {
    int budget = kLogBurst;
    int left_out = 0;
    SteadyTime refilled_at{};  // by one line each kLogInterval
  };
  void DropIdle(SteadyTime now);

  std::map<std::string, Kind> kinds_;
};

}  // namespace dso
