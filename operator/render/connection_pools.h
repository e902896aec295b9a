// How the sizes of connection pools reach the processes: environment variables from an immutable ConfigMap that is
// named by its content. Another size is another name, thus another pod template and a rollout that everybody sees;
// variables from a ConfigMap that changes would come into force at some restart of some container. Pure; deterministic;
// thread-safe.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "render/objects.h"
#include "render/pool_settings.h"

namespace dso::render {

// On such a ConfigMap: the connections of one replica, by the pool's name, as JSON: {"orders-db": 5}.
inline constexpr const char* kPoolSizesAnnotation = "deepseek-operator.dev/pool-sizes";

// v1 ConfigMap <service>-pools-<hash>: the settings of all pools, each under its prefix. The hash, ten hexadecimal
// digits, is of the data and of the sizes: the same settings are another size where a replica has other processes.
// Precondition: the spec is valid (no two pools have a prefix in common) and `sizes` is not empty.
Json PoolConfigMap(const api::DeepSeekService& service, std::span<const PoolSize> sizes);

// What a live ConfigMap's annotation says. nullopt if it is not there or no map of names to numbers of 1 and more.
std::optional<std::map<std::string, int>> PoolSizesOf(const Json& config_map);

// Whether a ConfigMap of this name is one of those, of any service.
bool IsPoolConfigMapName(std::string_view name);

// A variable of the ConfigMap that a container of the template sets itself, in `env`: there it would win, silently.
struct PoolOverride {
  std::string container;
  std::string variable;
};
// The first; nullopt if there is none. Precondition: the spec is valid and has a template.
std::optional<PoolOverride> FindPoolOverride(const api::DeepSeekService& service, const Json& config_map);

// Appends an envFrom of the ConfigMap to each container of a core/v1 PodSpec. It is the last, so its variables win over
// other envFrom; those of `env` win over it. Init containers, thus sidecars, are left alone.
void ReferToPoolConfigMap(const std::string& name, Json& pod_spec);

// The last ConfigMap of pool settings that a container of a live core/v1 PodSpec takes its environment from; "" if none
// does.
std::string PoolConfigMapOf(const Json& pod_spec);

}  // namespace dso::render
