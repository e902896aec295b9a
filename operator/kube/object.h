// Reading fields of an untyped Kubernetes object. Nothing here throws: what is missing or of another type reads as
// empty. Pure, thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "kube/resource.h"

namespace dso::kube {

using Json = nlohmann::json;

// The value at a path such as "/metadata/labels"_json_pointer; nullptr if there is none.
inline const Json* Find(const Json& object, const Json::json_pointer& path) {
  return object.contains(path) ? &object[path] : nullptr;
}
inline std::string StringAt(const Json& object, const Json::json_pointer& path) {
  const Json* value = Find(object, path);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}
inline std::optional<int64_t> IntegerAt(const Json& object, const Json::json_pointer& path) {
  const Json* value = Find(object, path);
  return value != nullptr && value->is_number_integer() ? std::optional(value->get<int64_t>()) : std::nullopt;
}
inline ObjectKey KeyOf(const Json& object) {
  static const Json::json_pointer kNamespace("/metadata/namespace");
  static const Json::json_pointer kName("/metadata/name");
  return {StringAt(object, kNamespace), StringAt(object, kName)};
}

}  // namespace dso::kube
