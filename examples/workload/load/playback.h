// Where in its schedule a run is: the bridge from the clock to the time of the schedule.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "common/duration.h"
#include "load/schedule.h"

namespace workload {

// Immutable, so safe to read from any thread.
class Playback {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `schedule_start`: when the schedule was or will be at 0 s. A start in the past means joining midway, so that a run
  // that was interrupted goes on where it would be. The run ends `duration` after the later of `now` and
  // `schedule_start`, or with a schedule that does not loop, whatever is first. `schedule` must outlive this.
  Playback(const Schedule& schedule, TimePoint schedule_start, TimePoint now,
           std::optional<std::chrono::nanoseconds> duration)
      : schedule_(schedule), schedule_start_(schedule_start), begin_(std::max(now, schedule_start)) {
    if (duration) end_ = begin_ + *duration;
    if (!schedule.loops()) end_ = std::min(end_, WhenIs(schedule.length()));
  }

  const Schedule& schedule() const { return schedule_; }
  TimePoint begin() const { return begin_; }
  TimePoint end() const { return end_; }  // TimePoint::max() if it has none

  // The time of the schedule, at least 0 s and at most that of the end.
  Seconds PositionAt(TimePoint now) const {
    return std::max(Seconds::zero(), Seconds(std::min(now, end_) - schedule_start_));
  }
  TimePoint WhenIs(Seconds position) const {
    return schedule_start_ + std::chrono::round<TimePoint::duration>(position);
  }

 private:
  const Schedule& schedule_;
  TimePoint schedule_start_;
  TimePoint begin_;
  TimePoint end_ = TimePoint::max();
};

}  // namespace workload
