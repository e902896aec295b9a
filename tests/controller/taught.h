// Learners that know a demand.
#pragma once

#include <functional>

#include "tests/controller/sample.h"

namespace dso::controller::test {

using DemandAt = std::function<double(WallTime)>;

// Five days of history up to `now`, in steps of five minutes.
inline void TeachPast(Learner& learner, const DemandAt& demand, WallTime now, const calendar::EventCalendar& events) {
  for (WallTime at = now - std::chrono::hours(5 * 24); at < now; at += std::chrono::minutes(5)) {
    learner.LearnPast(at, demand(at), events, now - std::chrono::hours(4 * 24));
  }
}

// A record whose history has been read up to kMorning.
inline ServiceRecord Taught(const CachedService& cached, const DemandAt& demand) {
  ServiceRecord record;
  Prepare(cached, At(kMorning), record);
  TeachPast(*record.next_learner, demand, kMorning, record.events.calendar);
  record.learner = std::move(record.next_learner);
  record.history = HistoryState::kLoaded;
  return record;
}

inline DemandAt Always(double demand) {
  return [demand](WallTime) { return demand; };
}

}  // namespace dso::controller::test
