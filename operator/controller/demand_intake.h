// Reads the demand of all services once a sync period, and the history of those that are new. Loop thread only.
//
// One set of queries for all services of a preset on a server; custom queries one by one, as many at once as the
// server's configuration allows. A history is read for all services of a preset that want one together, a time chunk at
// a time, straight into the forecasters: the answers are never held as a whole.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/async.h"
#include "controller/cluster_cache.h"
#include "controller/reconciler.h"
#include "decide/forecasting.h"
#include "prom/demand_source.h"
#include "telemetry/health.h"
#include "telemetry/metrics.h"

namespace dso::controller {

// The readiness check that is reported to telemetry::Health: every configured server has answered once.
inline constexpr const char* kDemandCheck = "prometheus";

class DemandIntake {
 public:
  // `updated` is called for each service about which something new is known.
  DemandIntake(Loop& loop, prom::DemandSource& source, telemetry::Metrics& metrics, telemetry::Health& health,
               const ClusterCache& cache, Records& records, std::function<void(const kube::ObjectKey&)> updated);

  // One round of questions; returns when all are answered.
  Task<void> ReadDemand(std::stop_token stop);

  // Starts to read the histories that are wanted, in the background: they may take longer than a sync period.
  void StartHistories(std::stop_token stop);
  // Ends when no history is being read any more.
  Task<void> Drain();

 private:
  // Services that can be asked about in one query. For a history the grid is a part of the question.
  struct Group {
    std::string server;
    prom::Preset preset;
    decide::HistoryPlan history{};
    auto operator<=>(const Group&) const = default;
  };
  // What is to be read: groups, and services with a query of their own.
  struct Wanted {
    std::map<Group, std::vector<kube::ObjectKey>> groups;
    std::vector<kube::ObjectKey> custom;
  };

  // A question about one service, as it was put: the spec may change before the answer comes.
  struct Asked {
    kube::ObjectKey key;
    api::DemandSpec demand;
  };

  Wanted WantedDemand() const;
  Wanted WantedHistories() const;
  Task<void> ReadGroup(Group group, std::vector<kube::ObjectKey> keys, std::stop_token stop);
  Task<void> ReadCustom(kube::ObjectKey key, std::stop_token stop);
  void Take(const Asked& asked, prom::Reading reading, WallTime at);
  Task<void> ReadGroupHistory(Group group, std::vector<kube::ObjectKey> keys, uint64_t load, std::stop_token stop);
  Task<void> ReadCustomHistory(kube::ObjectKey key, uint64_t load, std::stop_token stop);
  void FinishHistories(const std::vector<kube::ObjectKey>& keys, uint64_t load, const std::optional<Error>& failure);
  // Whether a service still waits for this load: its spec may have changed, and it with it.
  bool IsWanted(const std::vector<kube::ObjectKey>& keys, uint64_t load) const;
  Semaphore& PlacesAt(const std::string& server);
  uint64_t BeginLoad(const std::vector<kube::ObjectKey>& keys);
  void ReportServer(const std::string& server, const Result<prom::PresetReadings>& answer);
  void Count(const std::string& server, prom::Reason reason);

  const api::ServiceSpec* SpecOf(const kube::ObjectKey& key) const;
  ServiceRecord* RecordOf(const kube::ObjectKey& key) const;

  Loop& loop_;
  prom::DemandSource& source_;
  telemetry::Metrics& metrics_;
  telemetry::Health& health_;
  const ClusterCache& cache_;
  Records& records_;
  std::function<void(const kube::ObjectKey&)> updated_;
  std::set<std::string> not_reached_yet_;  // servers
  uint64_t last_load_ = 0;
  std::map<std::string, Semaphore> places_;  // of histories that are read at once, by server
  WaitGroup histories_;
};

}  // namespace dso::controller
