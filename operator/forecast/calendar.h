// Where a moment lies in the day and the week of the people who make the demand. A value type; const access is
// thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/integer.h"
#include "base/time.h"
#include "calendar/local_clock.h"

namespace dso::forecast {

class Calendar {
 public:
  Calendar() = default;
  // `special_days`: days since 1970-01-01 in local time that are not like others (holidays): seasons do not learn from
  // them what is usual, but what is usual on them.
  Calendar(calendar::LocalClock clock, std::vector<int64_t> special_days)
      : clock_(std::move(clock)), special_days_(std::move(special_days)) {
    std::sort(special_days_.begin(), special_days_.end());
  }

  // Milliseconds since 1970-01-01T00:00 on the local clock.
  int64_t LocalMs(int64_t utc_ms) const {
    return clock_.ToLocal(WallTime(milliseconds(utc_ms))).time_since_epoch().count();
  }
  bool IsSpecialDay(int64_t utc_ms) const {
    if (special_days_.empty()) return false;
    constexpr int64_t kDay = milliseconds(std::chrono::hours(24)).count();
    return std::binary_search(special_days_.begin(), special_days_.end(), FloorDiv(LocalMs(utc_ms), kDay));
  }

  // All of it, to tell two calendars apart.
  std::string Text() const {
    std::string text;
    for (const calendar::UtcOffset& entry : clock_.offsets()) {
      text += std::to_string(entry.from.time_since_epoch().count()) + "=" + std::to_string(entry.offset.count()) + ",";
    }
    for (const int64_t day : special_days_) text += std::to_string(day) + ",";
    return text;
  }

  size_t MemoryBytes() const { return clock_.offsets().size_bytes() + special_days_.capacity() * sizeof(int64_t); }

 private:
  calendar::LocalClock clock_;
  std::vector<int64_t> special_days_;
};

}  // namespace dso::forecast
