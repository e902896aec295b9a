#include "api/deepseek_service.h"

#include <nlohmann/json.hpp>

#include "api/field_reader.h"
#include "api/json_member.h"
#include "api/status_json.h"
#include "api/validation.h"

namespace dso::api {

using nlohmann::json;

namespace {

std::string Text(const json& object, const char* name) {
  const json* value = Member(&object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<WallTime> Time(const json& object, const char* name) {
  const auto time = ParseTime(Text(object, name));
  return time ? std::optional(*time) : std::nullopt;
}

ObjectMeta ReadMeta(const json& metadata) {
  ObjectMeta meta;
  meta.namespace_name = Text(metadata, "namespace");
  meta.name = Text(metadata, "name");
  meta.uid = Text(metadata, "uid");
  meta.resource_version = Text(metadata, "resourceVersion");
  const json* generation = Member(&metadata, "generation");
  if (generation != nullptr && generation->is_number_integer()) meta.generation = generation->get<int64_t>();
  meta.creation_timestamp = Time(metadata, "creationTimestamp");
  meta.deletion_timestamp = Time(metadata, "deletionTimestamp");
  return meta;
}

}  // namespace

Result<DeepSeekService> FromJson(const json& object) {
  const json* metadata = Member(&object, "metadata");
  ObjectMeta meta = metadata == nullptr ? ObjectMeta{} : ReadMeta(*metadata);
  if (meta.name.empty() || meta.namespace_name.empty()) {
    return InvalidArgument("a DeepSeekService without metadata.name or metadata.namespace came from the API server");
  }

  Problems problems;
  ServiceSpec spec = ReadSpec(Field(Member(&object, "spec"), "spec", problems), meta);
  const json* status = Member(&object, "status");
  return DeepSeekService{std::move(meta), problems.empty() ? Result<ServiceSpec>(std::move(spec)) : problems.ToError(),
                         status == nullptr ? ServiceStatus{} : StatusFromJson(*status)};
}

}  // namespace dso::api
