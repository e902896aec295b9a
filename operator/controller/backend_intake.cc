#include "controller/backend_intake.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/async.h"

namespace dso::controller {
namespace {

prom::Exporter ExporterOf(api::BackendExporter exporter) {
  return exporter == api::BackendExporter::kMysql ? prom::Exporter::kMysql : prom::Exporter::kPostgres;
}

// The server of the demand: it is the one that knows the service.
std::string ServerOf(const api::ServiceSpec& spec) {
  return spec.demand ? spec.demand->prometheus : api::DemandSpec().prometheus;
}

}  // namespace

BackendIntake::BackendIntake(Loop& loop, prom::DemandSource& source, telemetry::Metrics& metrics,
                             const ClusterCache& cache, Records& records,
                             std::function<void(const kube::ObjectKey&)> updated)
    : loop_(loop), source_(source), metrics_(metrics), cache_(cache), records_(records), updated_(std::move(updated)) {}

Task<void> BackendIntake::Read(std::stop_token stop) {
  std::map<Question, Asked> wanted;
  for (const auto& [key, record] : records_) {
    const auto cached = cache_.services.Get(key);
    if (!cached || !cached->service.spec) continue;
    for (const api::ConnectionPool& pool : cached->service.spec->connection_pools) {
      if (!pool.backend.exporter) continue;
      Question question{ServerOf(*cached->service.spec), ExporterOf(*pool.backend.exporter)};
      wanted[std::move(question)][key][pool.backend.name] = pool.backend.max_connections;
    }
  }
  std::vector<Task<void>> questions;
  for (auto& [question, asked] : wanted) questions.push_back(ReadOne(question, std::move(asked), stop));
  co_await WhenAll(std::move(questions));
}

Task<void> BackendIntake::ReadOne(Question question, Asked asked, std::stop_token stop) {
  const prom::Answer<prom::BackendReadings> answer =
      co_await source_.FetchBackends(question.server, question.exporter, stop);
  const bool known_server = answer.ok() || answer.reason() != prom::Reason::kUnknownServer;
  if (known_server) {
    metrics_.CountPrometheusQuery(question.server, answer.ok() ? "Success" : ToString(answer.reason()));
  }
  for (const auto& [service, backends] : asked) {
    const auto record = records_.find(service);
    if (record == records_.end()) continue;
    for (const auto& [backend, max_connections] : backends) {
      prom::BackendReading reading;
      if (answer) {
        reading = answer->Of({service.ns, backend});
      } else {
        reading.reason = answer.reason();
        reading.message = answer.failure().error.message;
      }
      TakeBackend(reading, max_connections, loop_.Now(), record->second->pools.backends[backend]);
    }
    updated_(service);
  }
}

void TakeBackend(const prom::BackendReading& reading, int max_connections, SteadyTime now, BackendFigures& figures) {
  constexpr milliseconds kMemory = std::chrono::minutes(30);
  figures.in_use = reading.in_use;
  if (reading.limit && *reading.limit > 0) {
    figures.limits.Note(now, *reading.limit);
    figures.server_limit = figures.limits.Over(now, kMemory, *reading.limit);
  }
  figures.problem = reading.reason == prom::Reason::kNone ? "" : reading.message;
  if (!figures.in_use) return;
  const int64_t accepted = std::min(figures.server_limit.value_or(max_connections), max_connections);
  const int percent = figures.is_nearly_full ? kRoomAgainPercent : kNearlyFullPercent;
  figures.is_nearly_full = int64_t{100} * *figures.in_use >= percent * accepted;
}

}  // namespace dso::controller
