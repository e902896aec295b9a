#include "replica/replica_model.h"

#include <algorithm>
#include <cassert>

namespace workload {

Admission ReplicaModel::Offer(TimePoint now) {
  if (now < ready_at_) return Admission::kStarting;
  if (working_ < limits_.slots) {
    ++working_;
    return Admission::kStarted;
  }
  if (waiting_ < limits_.queue_places) {
    ++waiting_;
    return Admission::kQueued;
  }
  return Admission::kBusy;
}

bool ReplicaModel::Finish() {
  assert(working_ > 0);
  if (waiting_ > 0) {
    --waiting_;  // the slot changes hands, so working_ stays
    return true;
  }
  --working_;
  return false;
}

std::chrono::nanoseconds ReplicaModel::startup_left(TimePoint now) const {
  return std::max(ready_at_ - now, TimePoint::duration::zero());
}

}  // namespace workload
