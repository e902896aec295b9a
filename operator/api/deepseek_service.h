// DeepSeekService as it comes from the API server. Pure and thread-safe; no function throws.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "api/spec.h"
#include "api/status.h"
#include "base/result.h"

namespace dso::api {

inline constexpr std::string_view kGroup = "deepseek-operator.dev";
inline constexpr std::string_view kVersion = "v1alpha1";
inline constexpr std::string_view kApiVersion = "deepseek-operator.dev/v1alpha1";
inline constexpr std::string_view kKind = "DeepSeekService";
inline constexpr std::string_view kPlural = "deepseekservices";

struct ObjectMeta {
  std::string namespace_name;
  std::string name;
  std::string uid;
  std::string resource_version;
  int64_t generation = 0;
  std::optional<WallTime> creation_timestamp;
  std::optional<WallTime> deletion_timestamp;  // set: the object is being deleted

  friend bool operator==(const ObjectMeta&, const ObjectMeta&) = default;
};

struct DeepSeekService {
  ObjectMeta meta;
  // An error does not hide the object: the controller still knows whose condition to set and keeps the last good floor.
  // The error is kInvalidArgument and names, for each wrong field, its path, its value and the remedy.
  Result<ServiceSpec> spec;
  ServiceStatus status;  // as last written; lenient, see StatusFromJson
};

// Fills in defaults and checks what the CRD's schema says and what it cannot say (durations against each other, the
// name of a port against the template). Fields that it does not know are ignored. Fails only where there is no object
// to speak of: no metadata.name or metadata.namespace. `object` comes from a JSON parser, so its strings are UTF-8;
// then messages are, too.
Result<DeepSeekService> FromJson(const nlohmann::json& object);

}  // namespace dso::api
