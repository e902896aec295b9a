#include "controller/backend_intake.h"

#include <map>
#include <utility>

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

BackendIntake::BackendIntake(prom::DemandSource& source, telemetry::Metrics& metrics, const ClusterCache& cache,
                             Records& records, std::function<void(const kube::ObjectKey&)> updated)
    : source_(source), metrics_(metrics), cache_(cache), records_(records), updated_(std::move(updated)) {}

Task<void> BackendIntake::Read(std::stop_token stop) {
  std::map<Question, std::vector<Asked>> wanted;
  for (const auto& [key, record] : records_) {
    const auto cached = cache_.services.Get(key);
    if (!cached || !cached->service.spec) continue;
    for (const api::ConnectionPool& pool : cached->service.spec->connection_pools) {
      if (!pool.backend.exporter) continue;
      Question question{ServerOf(*cached->service.spec), ExporterOf(*pool.backend.exporter)};
      wanted[std::move(question)].push_back({key, pool.backend.name});
    }
  }
  std::vector<Task<void>> questions;
  for (auto& [question, asked] : wanted) questions.push_back(ReadOne(question, std::move(asked), stop));
  co_await WhenAll(std::move(questions));
}

Task<void> BackendIntake::ReadOne(Question question, std::vector<Asked> asked, std::stop_token stop) {
  const prom::Answer<prom::BackendReadings> answer =
      co_await source_.FetchBackends(question.server, question.exporter, stop);
  metrics_.CountPrometheusQuery(question.server, answer.ok() ? "Success" : ToString(answer.reason()));
  for (const Asked& one : asked) {
    const auto record = records_.find(one.service);
    if (record == records_.end()) continue;
    prom::BackendReading reading;
    if (answer) {
      reading = answer->Of({one.service.ns, one.backend});
    } else {
      reading.reason = answer.reason();
      reading.message = answer.failure().error.message;
    }
    TakeBackend(reading, record->second->pools.backends[one.backend]);
    updated_(one.service);
  }
}

void TakeBackend(const prom::BackendReading& reading, BackendFigures& figures) {
  figures.in_use = reading.in_use;
  if (reading.limit) figures.server_limit = reading.limit;
  figures.problem = reading.reason == prom::Reason::kNone ? "" : reading.message;
  if (!figures.in_use || !figures.server_limit) return;
  const int percent = figures.is_nearly_full ? kRoomAgainPercent : kNearlyFullPercent;
  figures.is_nearly_full = int64_t{100} * *figures.in_use >= int64_t{percent} * *figures.server_limit;
}

}  // namespace dso::controller
