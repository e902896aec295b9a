#include "controller/service_record.h"

namespace dso::controller {
namespace {

// Of the formula: what was measured.
void RememberFigures(const api::CapacityStatus& capacity, ServiceRecord& record) {
  if (capacity.average_response_time_from == "Measured") record.response_time = capacity.average_response_time;
  using From = api::PodCores::From;
  for (const From from : {From::kLimits, From::kRequests}) {
    if (capacity.cores && capacity.cores_from == ToString(from)) record.target_cores = {*capacity.cores, from};
  }
}

}  // namespace

ServiceRecord ServiceRecord::Remembered(const api::ServiceStatus& status) {
  ServiceRecord record;
  record.TakeOver(status);
  if (status.lead_time && status.lead_time->start_up_p90) {
    record.look_ahead.lead = status.lead_time->current;
    record.start_up = decide::StartUpTimes({*status.lead_time->start_up_p90, status.lead_time->batches});
  }
  if (status.capacity) RememberFigures(*status.capacity, record);
  for (const api::PoolStatus& pool : status.connection_pools) {
    if (pool.server_limit) record.pools.backends[pool.backend].server_limit = pool.server_limit;
  }
  return record;
}

void ServiceRecord::TakeOver(const api::ServiceStatus& status) {
  floor_state = {};
  decision.reset();
  recent_decisions = status.recent_decisions;
  floor_since = status.floor ? status.floor->since.value_or(WallTime()) : WallTime();

  StandBy();
  written_min_replicas = 0;
  min_replicas_written_at.reset();
  floor_event.reset();
  replaced_autoscaler.reset();
  contest = {};

  reported.reset();
  written = status;
  written_at = {};
  status_versions = {};
}

void ServiceRecord::StandBy() {
  target_read_at.reset();
  pools.target.reset();
  adopted.reset();
  adopted_read_at.reset();
}

}  // namespace dso::controller
