// Store<T>: the cache of one resource, kept current by a reflector, or by one for each of several namespaces.
//
// T is a projection: it holds the fields that are used, not the object, because 10,000 full JSON trees are gigabytes.
//   struct T { std::string uid, resource_version; static std::optional<T> FromJson(const nlohmann::json&); … };
// An object that FromJson refuses (nullopt: it has no name) is left out.
//
// Readers get shared pointers to immutable values, never a reference into the store. Loop thread only.
#pragma once

#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kube/object.h"
#include "runtime/object_sink.h"

namespace dso::runtime {

template <typename T>
class Store {
 public:
  using Key = kube::ObjectKey;
  using Value = std::shared_ptr<const T>;

  Store() = default;
  Store(const Store&) = delete;  // its sinks refer to it
  Store& operator=(const Store&) = delete;

  // Called after the store has changed: before == nullptr for an object that is new, after == nullptr for one that is
  // gone. An object that was deleted and made anew under the same name (another UID) is reported as both, in this
  // order.
  using Listener = std::function<void(const Key& key, const Value& before, const Value& after)>;

  // What the reflector of a namespace fills, or with "" the one of all namespaces. A list of one namespace says nothing
  // about the objects of another. It lives as long as the store.
  ObjectSink& SinkOf(const std::string& ns) { return sinks_.try_emplace(ns, *this, ns).first->second; }

  // Call before a reflector runs; listeners are called in the order of their addition.
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

 private:
  using Objects = std::unordered_map<Key, Value>;

  class Sink final : public ObjectSink {
   public:
    Sink(Store& store, std::string ns) : store_(store), ns_(std::move(ns)) {}

    void BeginReplace() override { staging_.emplace(); }
    void EndReplace() override { store_.Replace(ns_, *std::exchange(staging_, std::nullopt)); }
    void Put(nlohmann::json object) override {
      auto projected = T::FromJson(object);
      if (!projected) return;
      const Key key = kube::KeyOf(object);
      auto value = std::make_shared<const T>(*std::move(projected));
      if (staging_) {
        (*staging_)[key] = std::move(value);
      } else {
        store_.Put(key, value);
      }
    }
    void Remove(const nlohmann::json& object) override { store_.Remove(kube::KeyOf(object)); }

   private:
    Store& store_;
    const std::string ns_;
    std::optional<Objects> staging_;
  };

  void Put(const Key& key, const Value& value) {
    const Value before = std::exchange(objects_[key], value);
    NotifyChange(key, before, value);
  }
  void Remove(const Key& asked) {
    const auto found = objects_.find(asked);
    if (found == objects_.end()) return;
    const auto [key, before] = *found;
    objects_.erase(found);
    Notify(key, before, nullptr);
  }
  void Replace(const std::string& ns, Objects now) {
    const Objects before = TakeOut(ns);
    // A copy of the pointers: a listener may not find the map changed under the iteration.
    const std::vector<std::pair<Key, Value>> replaced(now.begin(), now.end());
    objects_.merge(now);
    for (const auto& [key, value] : before) {
      if (!objects_.contains(key)) Notify(key, value, nullptr);
    }
    for (const auto& [key, value] : replaced) {
      const auto old = before.find(key);
      NotifyChange(key, old == before.end() ? nullptr : old->second, value);
    }
  }
  Objects TakeOut(const std::string& ns) {
    if (ns.empty()) return std::exchange(objects_, {});
    Objects taken;
    for (auto each = objects_.begin(); each != objects_.end();) {
      const auto next = std::next(each);
      if (each->first.ns == ns) taken.insert(objects_.extract(each));
      each = next;
    }
    return taken;
  }
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

  Objects objects_;
  std::map<std::string, Sink> sinks_;  // by namespace
  std::vector<Listener> listeners_;
};

}  // namespace dso::runtime
