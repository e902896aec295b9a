// A service for the tests of operator/controller: ten requests/s a replica, between 2 and 20 replicas.
#pragma once

#include "controller/cluster_cache.h"
#include "controller/prepare.h"
#include "controller/service_record.h"
#include "controller/take_reading.h"

namespace dso::controller::test {

inline constexpr WallTime kMorning{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1} + std::chrono::hours(9)};
inline constexpr SteadyTime kStart{std::chrono::hours(1)};

inline kube::Json SampleService() {
  return kube::Json::parse(R"json({
    "apiVersion": "deepseek-operator.dev/v1alpha1",
    "kind": "DeepSeekService",
    "metadata": {"namespace": "prod", "name": "chat", "uid": "u-chat", "resourceVersion": "5", "generation": 3},
    "spec": {
      "template": {"spec": {"containers": [{"name": "server", "image": "v1"}]}},
      "replicas": {"min": 2, "max": 20},
      "demand": {"query": "sum(rate(x[2m]))", "unit": "requests/s"},
      "capacity": {
  "perReplica" : "10", "targetUtilizationPercent" : 100
}
}
})json");
}

inline CachedService Cached(const kube::Json& object = SampleService()) { return *CachedService::FromJson(object); }

inline api::FloorStatus FloorOf(int replicas) {
  api::FloorStatus floor;
  floor.current = replicas;
  return floor;
}

inline prom::Reading Value(double value) {
  return {.state = prom::Reading::State::kValue, .value = value, .sampled_at = kMorning};
}
inline prom::Reading Missing() {
  return prom::Reading::Missing(prom::MakeFailure(prom::Reason::kTargetsDown, "All targets are down."));
}

// Both clocks of a moment that lies as far from kStart as `at` from kMorning.
inline decide::Now At(WallTime at) { return {kStart + (at - kMorning), at}; }
inline void Take(prom::Reading reading, WallTime at, ServiceRecord& record) {
  TakeReading(std::move(reading), at, seconds(120), At(at).steady, record);
}
// As after its history has been read, which had nothing for it.
inline ServiceRecord Learned(const CachedService& cached) {
  ServiceRecord record;
  Prepare(cached, At(kMorning), record);
  record.learner = std::move(record.next_learner);
  record.history = HistoryState::kLoaded;
  return record;
}

inline LiveAutoscaler OwnAutoscaler(int min_replicas) {
  LiveAutoscaler autoscaler;
  autoscaler.controller_uid = "u-chat";
  autoscaler.min_replicas = min_replicas;
  return autoscaler;
}

}  // namespace dso::controller::test
