// What the clocks of a place show. A value type: copies share one table. Const access is thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/time.h"

namespace dso::calendar {

// What a clock on the wall shows.
using LocalTime = std::chrono::local_time<milliseconds>;

// From `from` on, local time is UTC + `offset`: a table instead of a time-zone library, so that this folder needs none.
struct UtcOffset {
  WallTime from;
  seconds offset{0};
};

// The offset of one moment, and since when and until when, [begin, end), it holds without a change.
struct OffsetInfo {
  WallTime begin;
  WallTime end;
  seconds offset{0};

  LocalTime ToLocal(WallTime at) const { return LocalTime(at.time_since_epoch() + offset); }
  WallTime ToUtc(LocalTime at) const { return WallTime(at.time_since_epoch() - offset); }
};

class LocalClock {
 public:
  // Earlier and later than any moment that is asked for, and still far from an overflow.
  static constexpr WallTime kBeginning{milliseconds(-(int64_t{1} << 60))};
  static constexpr WallTime kEnd{milliseconds(int64_t{1} << 60)};

  LocalClock() = default;  // UTC
  // `offsets` ascending in time; before the first one its offset holds.
  explicit LocalClock(std::vector<UtcOffset> offsets)
      : table_(std::make_shared<const std::vector<UtcOffset>>(std::move(offsets))) {}

  std::span<const UtcOffset> offsets() const {
    if (table_ == nullptr) return {};
    return *table_;
  }

  LocalTime ToLocal(WallTime at) const {
    const std::span<const UtcOffset> table = offsets();
    if (table.empty()) return LocalTime(at.time_since_epoch());
    return LocalTime(at.time_since_epoch() + InForce(table, at)->offset);
  }

  // The inverse. When clocks are turned back, they show an hour twice: the first moment of the two. When clocks are put
  // forward, they skip an hour: what lies in it becomes the moment of the change. So a later local time is never an
  // earlier moment.
  WallTime ToUtc(LocalTime at) const {
    const std::span<const UtcOffset> table = offsets();
    if (table.empty()) return WallTime(at.time_since_epoch());
    const auto ends_before = [at](const UtcOffset& next) {
      return WallTime(at.time_since_epoch() - (&next - 1)->offset) >= next.from;
    };
    const auto entry = std::partition_point(table.begin() + 1, table.end(), ends_before) - 1;
    const WallTime utc(at.time_since_epoch() - entry->offset);
    return entry == table.begin() ? utc : std::max(utc, entry->from);
  }

  OffsetInfo InfoAt(WallTime at) const {
    const std::span<const UtcOffset> table = offsets();
    if (table.empty()) return {kBeginning, kEnd};
    const auto entry = InForce(table, at);
    const auto next = entry + 1;
    return {entry == table.begin() ? kBeginning : entry->from, next == table.end() ? kEnd : next->from, entry->offset};
  }

 private:
  using Iterator = std::span<const UtcOffset>::iterator;

  static Iterator InForce(std::span<const UtcOffset> table, WallTime at) {
    const auto later = [](WallTime moment, const UtcOffset& entry) { return moment < entry.from; };
    const auto next = std::upper_bound(table.begin(), table.end(), at, later);
    return next == table.begin() ? next : next - 1;
  }

  std::shared_ptr<const std::vector<UtcOffset>> table_;  // null: UTC
};

}  // namespace dso::calendar
