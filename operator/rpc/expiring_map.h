// What was learned of a key, for a while: a map whose entries end by themselves and whose size is bounded. Thread-safe.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace dso::rpc {

template <typename Value>
class ExpiringMap {
 public:
  explicit ExpiringMap(size_t most) : most_(most) {}

  std::optional<Value> Find(const std::string& key, SteadyTime now) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.ends <= now) return std::nullopt;
    return found->second.value;
  }

  // Where there is no room, what has ended goes first, and then everything: it can be learned again.
  void Put(const std::string& key, Value value, SteadyTime now, milliseconds lasts) {
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= most_ && !entries_.contains(key)) {
      std::erase_if(entries_, [now](const auto& entry) { return entry.second.ends <= now; });
      if (entries_.size() >= most_) entries_.clear();
    }
    entries_.insert_or_assign(key, Entry{std::move(value), now + lasts});
  }

 private:
  struct Entry {
    Value value;
    SteadyTime ends;
  };

  const size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace dso::rpc
