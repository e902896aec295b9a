// Reads once a sync period how many connections the backends of connection pools have in use and accept, where a pool
// names an exporter: one set of queries for all backends of an exporter on a server. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "controller/cluster_cache.h"
#include "controller/pool_book.h"
#include "prom/demand_source.h"
#include "telemetry/metrics.h"

namespace dso::controller {

class BackendIntake {
 public:
  // `updated` is called for each service about whose backends something was read.
  BackendIntake(Loop& loop, prom::DemandSource& source, telemetry::Metrics& metrics, const ClusterCache& cache,
                Records& records, std::function<void(const kube::ObjectKey&)> updated);

  // One round of questions; returns when all are answered.
  Task<void> Read(std::stop_token stop);

 private:
  struct Question {
    std::string server;
    prom::Exporter exporter;
    auto operator<=>(const Question&) const = default;
  };
  // Backends of a service, and the maxConnections of each.
  using Asked = std::map<kube::ObjectKey, std::map<std::string, int>>;

  Task<void> ReadOne(Question question, Asked asked, std::stop_token stop);

  Loop& loop_;
  prom::DemandSource& source_;
  telemetry::Metrics& metrics_;
  const ClusterCache& cache_;
  Records& records_;
  std::function<void(const kube::ObjectKey&)> updated_;
};

// Takes a reading into what is known: a limit that was read once stays, figures of now that are missing do not. The
// smallest limit of the last half hour counts: an instance whose exporter is away for a while has not gone.
void TakeBackend(const prom::BackendReading& reading, int max_connections, SteadyTime now, BackendFigures& figures);

}  // namespace dso::controller
