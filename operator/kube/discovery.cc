#include "kube/discovery.h"

#include <fmt/format.h>

#include "http/url.h"

namespace dso::kube {

using namespace nlohmann::literals;

namespace {

// A CRD that is installed or changed is noticed after this long.
constexpr milliseconds kCacheFor = std::chrono::minutes(5);

}  // namespace

Task<Result<Discovery::Scalable>> Discovery::Resolve(std::string api_version, std::string kind) {
  const auto cached = cache_.find({api_version, kind});
  if (cached != cache_.end() && loop_.Now() < cached->second.until) co_return cached->second.resource;

  const size_t slash = api_version.find('/');
  ResourceType type;
  type.group = slash == api_version.npos ? "" : api_version.substr(0, slash);
  type.version = slash == api_version.npos ? api_version : api_version.substr(slash + 1);
  type.kind = kind;
  const std::string path =
      type.group.empty() ? "/api/" + http::EncodeComponent(type.version)
                         : "/apis/" + http::EncodeComponent(type.group) + "/" + http::EncodeComponent(type.version);
  Result<Json> resources = co_await client_.GetPath(path);
  if (!resources) co_return std::move(resources).error();

  const Json* list = Find(*resources, "/resources"_json_pointer);
  Scalable found;
  if (list != nullptr && list->is_array()) {
    for (const Json& resource : *list) {
      const std::string name = StringAt(resource, "/name"_json_pointer);
      if (name.find('/') == name.npos && StringAt(resource, "/kind"_json_pointer) == kind) type.plural = name;
    }
    for (const Json& resource : *list) {
      if (!type.plural.empty() && StringAt(resource, "/name"_json_pointer) == type.plural + "/scale")
        found.has_scale = true;
    }
  }
  if (type.plural.empty()) {
    co_return Error{ErrorCode::kNotFound, fmt::format("{} has no kind {}", api_version, kind)};
  }
  found.type = std::move(type);
  cache_[{api_version, kind}] = {found, loop_.Now() + kCacheFor};
  co_return found;
}

}  // namespace dso::kube
