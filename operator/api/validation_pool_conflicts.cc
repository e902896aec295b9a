// What pools of one spec.connectionPools must not be together, nor beside the containers of spec.template.
#include <fmt/format.h>

#include <map>

#include "api/validation_parts.h"

namespace dso::api {
namespace {

std::string_view Shown(const std::optional<BackendExporter>& exporter) {
  return exporter ? ToString(*exporter) : "none";
}

void CheckShares(const Field& pools, const std::vector<ConnectionPool>& read) {
  std::map<std::string_view, int> percent_of;
  for (const ConnectionPool& pool : read) {
    if (!pool.backend.name.empty()) percent_of[pool.backend.name] += pool.backend.share_percent.value_or(0);
  }
  for (const auto& [backend, percent] : percent_of) {
    if (percent <= 100) continue;
    pools.Problem(
        fmt::format("the shares of backend \"{}\" sum up to {} %; lower sharePercent of its pools until they are at "
                    "most 100 % together",
                    backend, percent));
  }
}

// One server accepts one number of connections: two pools that tell it differently cannot both be right.
void CheckBackend(const Field& backend, const Backend& here, const Field& other, const Backend& there) {
  const auto differs = [&](const char* field, const auto& a, const auto& b) {
    backend[field].Problem(
        fmt::format("{} here, {} in {}, which names the same backend \"{}\"; give both the same, or give the backends "
                    "different names",
                    a, b, other.path(), here.name));
  };
  const bool both_known = here.max_connections > 0 && there.max_connections > 0;
  if (both_known && here.max_connections != there.max_connections) {
    differs("maxConnections", here.max_connections, there.max_connections);
  }
  if (here.reserved != there.reserved) differs("reserved", here.reserved, there.reserved);
  if (here.exporter != there.exporter) differs("exporter", Shown(here.exporter), Shown(there.exporter));
}

// ORDERS_ + DB_MAX is ORDERS_DB_ + MAX: neither may begin the other, whatever comes after them.
void CheckPrefixes(const Field& entry, const ConnectionPool& here, const Field& other, const ConnectionPool& there) {
  if (!here.env_prefix.starts_with(there.env_prefix) && !there.env_prefix.starts_with(here.env_prefix)) return;
  entry["envPrefix"].Problem(
      fmt::format("\"{}\" and \"{}\" of {} begin alike, so that variables of both could have the same name; give one "
                  "of the pools another envPrefix",
                  here.env_prefix, there.env_prefix, other.path()));
}

void CheckPairs(const std::vector<Field>& entries, const std::vector<ConnectionPool>& read) {
  for (size_t i = 0; i < read.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (read[i].name.empty() || read[j].name.empty() || read[i].name == read[j].name) continue;  // told already
      CheckPrefixes(entries[i], read[i], entries[j], read[j]);
      if (read[i].backend.name.empty() || read[i].backend.name != read[j].backend.name) continue;
      CheckBackend(entries[i]["backend"], read[i].backend, entries[j]["backend"], read[j].backend);
    }
  }
}

// `env` of a container goes before what the operator adds by `envFrom`, without a word.
void CheckContainers(const Field& containers, const std::vector<ConnectionPool>& read) {
  if (!containers.present() || !containers.value().is_array()) return;  // told already
  for (const Field& container : containers.Elements()) {
    for (const Field& variable : container["env"].Elements()) {
      const Field name = variable["name"];
      if (!name.present() || !name.value().is_string()) continue;  // the API server judges the rest of the template
      const auto& text = name.value().get_ref<const std::string&>();
      for (const ConnectionPool& pool : read) {
        if (pool.name.empty() || !text.starts_with(pool.env_prefix)) continue;
        name.Problem(
            fmt::format("container {} sets {}, which would silently take the place of the operator's value for pool "
                        "\"{}\"; remove it, or give the pool another envPrefix than \"{}\"",
                        container["name"].Shown(), name.Shown(), pool.name, pool.env_prefix));
      }
    }
  }
}

}  // namespace

void CheckPoolConflicts(const Field& spec, const std::vector<ConnectionPool>& read) {
  if (read.empty()) return;
  const Field pools = spec["connectionPools"];
  CheckShares(pools, read);
  CheckPairs(pools.Elements(), read);
  CheckContainers(spec["template"]["spec"]["containers"], read);
}

}  // namespace dso::api
