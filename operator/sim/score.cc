#include "sim/score.h"

#include <algorithm>

#include "sim/trace.h"

namespace dso::sim {
namespace {

using forecast::Sample;

int64_t HourOf(WallTime at) { return forecast::BucketOf(at, std::chrono::hours(1)); }

}  // namespace

Score::Score(const ScoreOptions& options)
    : options_(options),
      alone_{.pods = SimulatedHpa(options.hpa, options.min_replicas), .meter = {}},
      with_(alone_),
      hours_{} {}

void Score::Take(WallTime at, double demand, int floor) {
  const Sample sample{at, demand};
  if (!forecast::IsUsable(sample) || (last_ && at <= last_->at)) return;
  if (!last_) {
    alone_.pods = SimulatedHpa(options_.hpa, ReplicasAtRest(options_.hpa, demand, options_.min_replicas));
    with_.pods = alone_.pods;
    open_hour_ = HourOf(at);
  }
  if (!last_ || at - last_->at > kLongestScoredGap) next_step_ = at;
  for (; next_step_ < at; next_step_ += kHpaPeriod) Step(next_step_, Interpolate(*last_, sample, next_step_));
  last_ = sample;
  floor_ = std::max(floor, options_.min_replicas);
  if (next_step_ > at) return;
  Step(at, demand);
  next_step_ += kHpaPeriod;
}

void Score::Step(WallTime now, double demand) {
  if (const int64_t hour = HourOf(now); hour != open_hour_) Open(hour);
  Turn(now, demand, options_.min_replicas, alone_);
  Turn(now, demand, floor_, with_);
}

void Score::Turn(WallTime now, double demand, int min_replicas, Side& side) const {
  side.pods.Advance(now);
  side.meter.Count(demand, side.pods, options_.hpa.capacity_per_replica);
  side.pods.Sync(now, demand, min_replicas);
}

Score::Hour Score::OpenHour() const {
  const Service alone = alone_.meter.Finish();
  const Service with_floor = with_.meter.Finish();
  return {.demand = static_cast<float>(alone_.meter.demand()),
          .lost_alone = static_cast<float>(alone.lost),
          .lost_with = static_cast<float>(with_floor.lost),
          .replica_hours_alone = static_cast<float>(alone.replica_hours),
          .replica_hours_with = static_cast<float>(with_floor.replica_hours),
          .steps = static_cast<uint16_t>(alone_.meter.steps())};
}

void Score::Open(int64_t hour) {
  hours_[SlotOf(open_hour_)] = OpenHour();
  for (int64_t unseen = std::max(open_hour_ + 1, hour - kHours); unseen < hour; ++unseen) hours_[SlotOf(unseen)] = {};
  open_hour_ = hour;
  alone_.meter = with_.meter = {};
}

Score::Summary Score::Last7Days(WallTime now) const {
  Summary sum;
  const auto add = [&sum](const Hour& hour) {
    sum.scored += hour.steps * kHpaPeriod;
    sum.demand += hour.demand;
    sum.lost_alone += hour.lost_alone;
    sum.lost_with += hour.lost_with;
    sum.replica_hours_alone += hour.replica_hours_alone;
    sum.replica_hours_with += hour.replica_hours_with;
  };
  const int64_t oldest = HourOf(now) - kHours;
  for (int64_t hour = std::max(oldest, open_hour_ - kHours); hour < open_hour_; ++hour) add(hours_[SlotOf(hour)]);
  if (open_hour_ >= oldest) add(OpenHour());
  return sum;
}

}  // namespace dso::sim
