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

namespace dso::forecast {

// From `from` on, local time is UTC + `offset`: a table instead of a time-zone library, so that this folder needs none.
struct UtcOffset {
  WallTime from;
  seconds offset{0};
};

class Calendar {
 public:
  Calendar() = default;
  // `offsets` ascending in time; before the first one its offset holds. `special_days`: days since 1970-01-01 in local
  // time that are not like others (holidays): seasons do not learn from them what is usual, but what is usual on them.
  Calendar(std::vector<UtcOffset> offsets, std::vector<int64_t> special_days)
      : offsets_(std::move(offsets)), special_days_(std::move(special_days)) {
    std::sort(special_days_.begin(), special_days_.end());
  }

  // Milliseconds since 1970-01-01T00:00 on the local clock.
  int64_t LocalMs(int64_t utc_ms) const {
    if (offsets_.empty()) return utc_ms;
    const auto later = [](int64_t ms, const UtcOffset& entry) { return ms < entry.from.time_since_epoch().count(); };
    const auto next = std::upper_bound(offsets_.begin(), offsets_.end(), utc_ms, later);
    const UtcOffset& in_force = next == offsets_.begin() ? *next : *(next - 1);
    return utc_ms + milliseconds(in_force.offset).count();
  }
  bool IsSpecialDay(int64_t utc_ms) const {
    if (special_days_.empty()) return false;
    constexpr int64_t kDay = milliseconds(std::chrono::hours(24)).count();
    return std::binary_search(special_days_.begin(), special_days_.end(), FloorDiv(LocalMs(utc_ms), kDay));
  }

  // All of it, to tell two calendars apart.
  std::string Text() const {
    std::string text;
    for (const UtcOffset& entry : offsets_) {
      text += std::to_string(entry.from.time_since_epoch().count()) + "=" + std::to_string(entry.offset.count()) + ",";
    }
    for (const int64_t day : special_days_) text += std::to_string(day) + ",";
    return text;
  }

  size_t MemoryBytes() const {
    return offsets_.capacity() * sizeof(UtcOffset) + special_days_.capacity() * sizeof(int64_t);
  }

 private:
  std::vector<UtcOffset> offsets_;
  std::vector<int64_t> special_days_;
};

}  // namespace dso::forecast
