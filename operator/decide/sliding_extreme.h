// The extreme of the values noted within a window of time. A monotonic queue: each value outdoes those behind it, so
// few are remembered, and noting one is O(1) amortised. It is a vector, which is small while it holds little (a deque
// begins at 600 bytes): what is forgotten moves up what remains, a few KB at most for an hour of values 15 s apart. A
// value type, not thread-safe. Times are monotonic: a wall clock that jumps changes nothing.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "base/time.h"

namespace dso::decide {

// `Outdoes{}(a, b)`: a newer `a` makes an older `b` forgettable: std::greater_equal for a maximum.
template <typename Value, typename Outdoes>
class SlidingExtreme {
 public:
  // Calls come in the order of time.
  void Note(SteadyTime now, Value value) {
    while (!entries_.empty() && Outdoes{}(value, entries_.back().value)) entries_.pop_back();
    entries_.push_back({now, value});
  }

  // The extreme over (now - length, now], which becomes what the window remembers; of older values the newest stays.
  // `otherwise` if nothing has been noted.
  Value Over(SteadyTime now, milliseconds length, Value otherwise) {
    if (entries_.empty()) return otherwise;
    const auto is_within = [now, length](const Entry& entry) { return entry.noted_at + length > now; };
    entries_.erase(entries_.begin(), std::find_if(entries_.begin(), entries_.end() - 1, is_within));
    return entries_.front().value;
  }

  // What the extreme is to become, and when, if nothing else is noted; nothing if it stays.
  struct Change {
    SteadyTime at;
    Value to;
  };
  std::optional<Change> NextChange(milliseconds length) const {
    if (entries_.size() < 2) return std::nullopt;
    return Change{entries_.front().noted_at + length, entries_[1].value};
  }

 private:
  struct Entry {
    SteadyTime noted_at;
    Value value;
  };
  std::vector<Entry> entries_;  // oldest first
};

}  // namespace dso::decide
