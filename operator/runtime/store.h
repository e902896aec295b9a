// Store<T>: the cache of one resource, kept current by a reflector.
//
// T is a projection: it holds the fields that are used, not the object, because 10,000 full JSON trees are gigabytes.
//   struct T { std::string uid, resource_version; static std::optional<T> FromJson(const nlohmann::json&); … };
// An object that FromJson refuses (nullopt: it has no name) is left out.
//
// Readers get shared pointers to immutable values, never a reference into the store. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kube/object.h"
#include "runtime/object_sink.h"

namespace dso::runtime {

template <typename T>
class Store final : public ObjectSink {
 public:
  using Key = kube::ObjectKey;
  using Value = std::shared_ptr<const T>;
  // Called after the store has changed: before == nullptr for an object that is new, after == nullptr for one that is
  // gone. An object that was deleted and made anew under the same name (another UID) is reported as both, in this
  // order.
  using Listener = std::function<void(const Key& key, const Value& before, const Value& after)>;

  // Call before the reflector runs; listeners are called in the order of their addition.
  void AddListener(Listener listener) { listeners_.push_back(std::move(listener)); }

  Value Get(const Key& key) const {
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second;
  }
  size_t Size() const { return objects_.size(); }
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    for (const auto& [key, value] : objects_) visit(key, value);
  }

  void BeginReplace() override { staging_.emplace(); }

  void EndReplace() override {
    const auto before = std::exchange(objects_, *std::exchange(staging_, std::nullopt));
    for (const auto& [key, value] : before) {
      if (!objects_.contains(key)) Notify(key, value, nullptr);
    }
    // A copy of the pointers: a listener may not find the map changed under the iteration.
    const std::vector<std::pair<Key, Value>> now(objects_.begin(), objects_.end());
    for (const auto& [key, value] : now) {
      const auto old = before.find(key);
      NotifyChange(key, old == before.end() ? nullptr : old->second, value);
    }
  }

  void Put(nlohmann::json object) override {
    auto projected = T::FromJson(object);
    if (!projected) return;
    const Key key = kube::KeyOf(object);
    auto value = std::make_shared<const T>(*std::move(projected));
    if (staging_) {
      (*staging_)[key] = std::move(value);
      return;
    }
    const Value before = std::exchange(objects_[key], value);
    NotifyChange(key, before, value);
  }

  void Remove(const nlohmann::json& object) override {
    const auto found = objects_.find(kube::KeyOf(object));
    if (found == objects_.end()) return;
    const auto [key, before] = *found;
    objects_.erase(found);
    Notify(key, before, nullptr);
  }

 private:
  void NotifyChange(const Key& key, const Value& before, const Value& after) {
    if (before && before->uid != after->uid) {
      Notify(key, before, nullptr);
      Notify(key, nullptr, after);
    } else if (!before || before->resource_version != after->resource_version) {
      Notify(key, before, after);
    }
  }
  void Notify(const Key& key, const Value& before, const Value& after) {
    for (const Listener& listener : listeners_) listener(key, before, after);
  }

  std::unordered_map<Key, Value> objects_;
  std::optional<std::unordered_map<Key, Value>> staging_;
  std::vector<Listener> listeners_;
};

}  // namespace dso::runtime
