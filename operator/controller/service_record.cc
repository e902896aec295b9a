#include "controller/service_record.h"

namespace dso::controller {

ServiceRecord ServiceRecord::Remembered(const api::ServiceStatus& status) {
  ServiceRecord record;
  record.written = status;
  record.recent_decisions = status.recent_decisions;
  if (status.floor) record.floor_since = status.floor->since.value_or(WallTime());
  if (status.lead_time && status.lead_time->start_up_p90) {
    record.look_ahead.lead = status.lead_time->current;
    record.start_up = decide::StartUpTimes({*status.lead_time->start_up_p90, status.lead_time->batches});
  }
  return record;
}

}  // namespace dso::controller
