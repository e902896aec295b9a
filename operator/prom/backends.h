// The connections that databases have in use and accept, as their exporters tell it: the same queries for *all*
// backends of a server. Pure, thread-safe.
//
// A series belongs to backend B of namespace N if its labels `namespace` and `service` (the administrator's setting:
// labels.h) are N and B. So a custom resource names neither an address nor a query, and reads no other namespace's
// database.
//
// Rendered with the default labels, mysql (mysqld_exporter) asks:
//
//   in use     max by (namespace, service) (mysql_global_status_threads_connected)
//   limit      min by (namespace, service) (mysql_global_variables_max_connections)
//   freshness  max by (namespace, service) (timestamp(mysql_global_status_threads_connected))
//
// and postgres (postgres_exporter), which has a series for each database, state, user and so on:
//
//   in use     max by (namespace, service) (sum by (namespace, service, job, instance, server)
//                  (pg_stat_activity_count{backend_type=~"|client backend"}))
//   limit      min by (namespace, service) (pg_settings_max_connections)
//   freshness  max by (namespace, service) (timestamp(pg_stat_activity_count))
//
// A backend of several instances (a primary and its replicas) is as full as the fullest and accepts as much as the
// smallest, because a pool may lead to any of them. Which instance it is says `instance`; `server` where one exporter
// reads several, as older versions of postgres_exporter do; and `job` keeps one that is scraped twice from counting
// twice. Autovacuum and parallel workers take no connection of the limit; since 0.17 `backend_type` tells them apart.
// The role of postgres_exporter has to be a member of pg_monitor: to others PostgreSQL hides the state of foreign
// sessions, and what has no state is not in the count. An instance that is not scraped is not seen.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "prom/answer.h"
#include "prom/labels.h"
#include "prom/reading.h"
#include "prom/reason.h"

namespace dso::prom {

enum class Exporter { kMysql, kPostgres };
std::string_view ToString(Exporter exporter);  // "mysql"

struct BackendQueries {
  std::string in_use;
  std::string limit;
  std::string freshness;  // seconds since 1970 of the newest sample of `in_use`: see PresetQueries
};

// For the backends of `namespaces`; of all if there are none. kInvalidArgument if a label name or a namespace cannot
// stand in a query: nothing unchecked ever reaches PromQL.
Result<BackendQueries> RenderBackendQueries(Exporter exporter, const LabelNames& labels,
                                            const std::vector<std::string>& namespaces = {});

struct BackendReading {
  std::optional<int> in_use{};  // connections of all clients, the exporter's own included; >= 0
  std::optional<int> limit{};   // connections that the server accepts; >= 0
  WallTime sampled_at{};        // of the newest sample of `in_use`; unset without one

  // Why a figure is missing; kNone if none is.
  Reason reason = Reason::kNone;
  std::string message{};
};

struct BackendReadings {
  // Every backend that has a figure, which includes those that have nothing to do with us.
  std::map<ServiceKey, BackendReading> backends{};
  WallTime at{};

  // A backend that is not in the map is missing with NoSeries.
  BackendReading Of(const ServiceKey& backend) const;
};

struct BackendAnswers {
  InstantAnswer in_use;
  InstantAnswer limit;
  InstantAnswer freshness;
};

// kPartial if the server warns: without the fullest instance, a backend would look as if it had room. Both figures of a
// backend whose newest sample is older than `max_age` at `at` are missing with Stale.
Answer<BackendReadings> JudgeBackends(const LabelNames& labels, const BackendAnswers& answers, WallTime at,
                                      milliseconds max_age);

}  // namespace dso::prom
