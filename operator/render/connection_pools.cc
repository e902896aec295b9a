#include "render/connection_pools.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "base/hash.h"

namespace dso::render {
namespace {

constexpr std::string_view kInfix = "-pools-";
constexpr size_t kHashDigits = 10;
constexpr int kHashBits = 4 * kHashDigits;

// Folded, as the authors of FNV advise for fewer than 64 bits.
std::string HashOf(const Json& content) {
  const uint64_t hash = Fnv1a(content.dump());
  return fmt::format("{:010x}", (hash ^ (hash >> kHashBits)) & ((uint64_t{1} << kHashBits) - 1));
}

bool IsHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// nullptr if there is none of this type.
const Json* Find(const Json& object, const char* name, Json::value_t type) {
  const auto found = object.find(name);
  return found != object.end() && found->type() == type ? &*found : nullptr;
}

}  // namespace

Json PoolConfigMap(const api::DeepSeekService& service, std::span<const PoolSize> sizes) {
  Json data = Json::object();
  Json per_replica = Json::object();
  for (const PoolSize& size : sizes) {
    per_replica[size.pool.name] = size.per_process * size.pool.processes_per_replica;
    for (PoolSetting& setting : PoolSettings(size))
      data[size.pool.env_prefix + setting.name] = std::move(setting.value);
  }
  Json metadata = Metadata(service);
  metadata["name"] = fmt::format("{}{}{}", service.meta.name, kInfix, HashOf({data, per_replica}));
  metadata["annotations"] = {{kPoolSizesAnnotation, per_replica.dump()}};
  return {{"metadata", std::move(metadata)}, {"immutable", true}, {"data", std::move(data)}};
}

std::optional<std::map<std::string, int>> PoolSizesOf(const Json& config_map) {
  const Json* metadata = Find(config_map, "metadata", Json::value_t::object);
  const Json* annotations = metadata == nullptr ? nullptr : Find(*metadata, "annotations", Json::value_t::object);
  const Json* text = annotations == nullptr ? nullptr : Find(*annotations, kPoolSizesAnnotation, Json::value_t::string);
  if (text == nullptr) return std::nullopt;
  const Json per_replica = Json::parse(text->get_ref<const std::string&>(), nullptr, /*allow_exceptions=*/false);
  if (!per_replica.is_object()) return std::nullopt;
  std::map<std::string, int> sizes;
  for (const auto& [pool, size] : per_replica.items()) {
    if (!size.is_number_unsigned() || size == 0 || size > std::numeric_limits<int>::max()) return std::nullopt;
    sizes[pool] = size.get<int>();
  }
  return sizes;
}

std::optional<PoolOverride> FindPoolOverride(const api::DeepSeekService& service, const Json& config_map) {
  const Json pod_template = std::get<api::OwnedWorkload>(service.spec->workload).pod_template.Parse();
  for (const Json& container : pod_template["spec"]["containers"]) {
    const Json* env = Find(container, "env", Json::value_t::array);
    if (env == nullptr) continue;
    for (const Json& variable : *env) {
      const Json* name = variable.is_object() ? Find(variable, "name", Json::value_t::string) : nullptr;
      if (name == nullptr || !config_map["data"].contains(name->get<std::string>())) continue;
      return PoolOverride{container.value("name", ""), name->get<std::string>()};
    }
  }
  return std::nullopt;
}

bool IsPoolConfigMapName(std::string_view name) {
  if (name.size() <= kInfix.size() + kHashDigits) return false;
  const std::string_view hash = name.substr(name.size() - kHashDigits);
  const std::string_view rest = name.substr(0, name.size() - kHashDigits);
  return rest.ends_with(kInfix) && std::all_of(hash.begin(), hash.end(), IsHexDigit);
}

void ReferToPoolConfigMap(const std::string& name, Json& pod_spec) {
  for (Json& container : pod_spec["containers"]) {
    if (!container.is_object()) continue;  // the API server tells the person
    Json& env_from = container["envFrom"];
    if (env_from.is_null()) env_from = Json::array();
    if (env_from.is_array()) env_from.push_back({{"configMapRef", {{"name", name}}}});
  }
}

std::string PoolConfigMapOf(const Json& pod_spec) {
  std::string last;
  const Json* containers = Find(pod_spec, "containers", Json::value_t::array);
  if (containers == nullptr) return last;
  for (const Json& container : *containers) {
    const Json* sources = Find(container, "envFrom", Json::value_t::array);
    if (sources == nullptr) continue;
    for (const Json& source : *sources) {
      const Json* reference = Find(source, "configMapRef", Json::value_t::object);
      const Json* name = reference == nullptr ? nullptr : Find(*reference, "name", Json::value_t::string);
      if (name != nullptr && IsPoolConfigMapName(name->get_ref<const std::string&>())) last = name->get<std::string>();
    }
  }
  return last;
}

}  // namespace dso::render
