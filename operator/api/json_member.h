// Looking into JSON of unknown shape without exceptions. Pure and thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace dso::api {

// nullptr if `object` is null, is no object or has no such member, so that calls chain.
inline const nlohmann::json* Member(const nlohmann::json* object, std::string_view name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &*found;
}

}  // namespace dso::api
