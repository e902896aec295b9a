// spec.connectionPools: one pool at a time. What pools must not be together: validation_pool_conflicts.cc.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/text_patterns.h"
#include "api/validation_parts.h"

namespace dso::api {
namespace {

constexpr int kMaxConnections = 1'000'000;
constexpr int kMaxPerReplica = 100'000;
constexpr int kMaxProcesses = 1'024;
constexpr size_t kMaxEnvPrefixLength = 63;
constexpr DurationRange kIdleLimit{std::chrono::minutes(1), std::chrono::days(30)};
constexpr DurationRange kHoldTime{milliseconds(1), std::chrono::hours(24)};

Backend ReadBackend(const Field& backend) {
  Backend out;
  if (!backend.Require("say what the connections lead to, such as {name: mysql-orders, maxConnections: 500}") ||
      !backend.IsObject()) {
    return out;
  }
  backend["name"].Require("give the backend a name, such as \"mysql-orders\"");
  backend["maxConnections"].Require("give the number of connections that the server accepts, such as 500");
  out.name = ReadLabel(backend["name"]).value_or("");
  const auto accepted = backend["maxConnections"].Integer(1, kMaxConnections);
  out.max_connections = accepted.value_or(0);
  out.reserved = backend["reserved"].Integer(0, kMaxConnections).value_or(out.reserved);
  if (accepted && *accepted <= out.reserved) {
    backend["maxConnections"].Problem(
        fmt::format("{} leaves nothing beside the {} reserved ones; raise it or lower reserved", out.max_connections,
                    out.reserved));
  }
  out.share_percent = backend["sharePercent"].Integer(1, 100);
  out.idle_limit = backend["idleLimit"].Duration(kIdleLimit).value_or(out.idle_limit);
  out.exporter = backend["exporter"].OneOf({BackendExporter::kMysql, BackendExporter::kPostgres});
  return out;
}

// One connection for each process, if min is left out.
PoolBounds ReadBounds(const Field& bounds, int processes) {
  PoolBounds out;
  out.min = processes;
  if (bounds.present() && !bounds.IsObject()) return out;
  const Field min = bounds["min"];
  const Field max = bounds["max"];
  out.min = min.Integer(1, kMaxPerReplica).value_or(out.min);
  out.max = max.Integer(1, kMaxPerReplica).value_or(out.max);
  if (out.min < processes) {
    min.Problem(fmt::format("{} is below processesPerReplica, {}; each process has a pool of its own and needs one",
                            out.min, processes));
  }
  if (out.max < out.min) {
    max.Problem(fmt::format("{} is below min, {}; raise it or lower min", out.max, out.min));
  }
  return out;
}

milliseconds ReadHoldTime(const Field& hold_time) {
  if (!hold_time.Require("say how long a request holds a connection, such as 300ms")) return {};
  const auto zero = hold_time.value().is_string() ? ParseDuration(hold_time.value().get_ref<const std::string&>())
                                                  : Result<milliseconds>(milliseconds(1));
  if (zero && *zero == milliseconds(0)) {
    hold_time.Problem(hold_time.Shown() +
                      " would mean that requests need no connection at all; give the mean time for which one holds a "
                      "connection, such as 300ms");
    return {};
  }
  return hold_time.Duration(kHoldTime).value_or(milliseconds(0));
}

// orders-db -> ORDERS_DB_
std::string PrefixOf(std::string_view name) {
  std::string prefix(name);
  std::transform(prefix.begin(), prefix.end(), prefix.begin(),
                 [](char c) { return c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); });
  return prefix + "_";
}

std::string ReadEnvPrefix(const Field& field, std::string_view pool) {
  const auto prefix = field.String(kMaxEnvPrefixLength);
  if (!prefix) return PrefixOf(pool);
  if (!IsEnvironmentName(*prefix)) {
    field.Problem(
        field.Shown() +
        " does not begin the name of a variable; use upper-case letters, digits and '_', no digit first, such "
        "as \"ORDERS_DB_\"");
  }
  return *prefix;
}

// A letter comes first, because variables are named after the pool.
std::string ReadPoolName(const Field& field) {
  field.Require("give the pool a name, such as \"orders-db\"");
  const std::string name = ReadLabel(field).value_or("");
  if (!name.empty() && !StartsWithLetter(name)) {
    field.Problem(field.Shown() + " starts with a digit, as no variable does; start it with a letter");
  }
  return name;
}

ConnectionPool ReadPool(const Field& pool) {
  ConnectionPool out;
  if (!pool.Require("remove the empty entry") || !pool.IsObject()) return out;
  out.name = ReadPoolName(pool["name"]);
  out.backend = ReadBackend(pool["backend"]);
  out.processes_per_replica = pool["processesPerReplica"].Integer(1, kMaxProcesses).value_or(out.processes_per_replica);
  out.per_replica = ReadBounds(pool["perReplica"], out.processes_per_replica);
  const int for_pools = out.backend.max_connections - out.backend.reserved;
  if (for_pools > 0 && out.per_replica.min > for_pools) {
    pool["perReplica"]["min"].Problem(
        fmt::format("{} is more than the backend has for all replicas, {} of {}; lower it, or raise maxConnections",
                    out.per_replica.min, for_pools, out.backend.max_connections));
  }
  out.hold_time = ReadHoldTime(pool["holdTime"]);
  out.client = pool["client"]
                   .OneOf({PoolClient::kHikari, PoolClient::kOkHttp, PoolClient::kGrpc, PoolClient::kSqlAlchemy,
                           PoolClient::kGoSql, PoolClient::kGeneric})
                   .value_or(out.client);
  out.env_prefix = ReadEnvPrefix(pool["envPrefix"], out.name);
  return out;
}

}  // namespace

std::vector<ConnectionPool> ReadConnectionPools(const Field& spec) {
  const Field pools = spec["connectionPools"];
  std::vector<ConnectionPool> out;
  if (!HasAtMost(pools, kMaxConnectionPools)) return out;
  std::map<std::string, std::string> path_of;
  for (const Field& entry : pools.Elements()) {
    ConnectionPool pool = ReadPool(entry);
    const auto [first, is_new] = path_of.emplace(pool.name, entry.path());
    if (!is_new && !pool.name.empty()) {
      entry.Problem(
          fmt::format("has the name of {}, \"{}\"; names are unique, give it another", first->second, pool.name));
    }
    out.push_back(std::move(pool));
  }
  CheckPoolConflicts(spec, out);
  return out;
}

}  // namespace dso::api
