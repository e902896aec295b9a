// Keeps score of a floor while it is decided: what would have been lost over the last 7 d, and what would it have cost,
// with the floor and by the HPA alone?
//
// The closed loop of simulation.h, a sample at a time: two simulated HPAs, turned each 15 s of the time of the samples,
// with the demand linear between them. Both are simulated in Shadow and in Active mode, so that they are judged by the
// same measure; neither is what the cluster did. Samples of the past, replayed, give the score that they gave live.
//
// Nothing is scored on missing data: between samples more than kLongestScoredGap apart no HPA is turned. The pods stand
// still meanwhile (those that start become ready), and what happens next is scored from there.
//
// Samples and hours are bounded: less than 8 KB altogether at the default windows. Pure and deterministic; not
// thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "forecast/series.h"
#include "sim/hpa.h"
#include "sim/service_meter.h"

namespace dso::sim {

inline constexpr milliseconds kLongestScoredGap = std::chrono::minutes(10);

// A change of these (a capacity that was learned, an edited spec) makes what was scored incomparable: build another
// Score and replay the samples.
struct ScoreOptions {
  HpaOptions hpa;        // of both; only the floor differs
  int min_replicas = 1;  // of the HPA alone; within 1 … hpa.max_replicas
};

class Score {
 public:
  explicit Score(const ScoreOptions& options);

  // The demand at `at`, and the HPA's minReplicas with the floor from then on (below min_replicas: that). In the order
  // of time: a moment that is not newer than the last is ignored, and so is a demand that forecast::IsUsable refuses.
  // Takes time in proportion to the steps since the last sample, 0.1 µs each.
  void Take(WallTime at, double demand, int floor);

  struct Summary {
    milliseconds scored{0};  // how much of the time there was demand to simulate with
    double demand = 0;       // in units × seconds, as is what is lost
    double lost_alone = 0;
    double lost_with = 0;
    double replica_hours_alone = 0;  // starting replicas included
    double replica_hours_with = 0;
  };
  // Of the hour of `now` and the 168 before it, as far as samples have been taken; up to an hour more than 7 d.
  Summary Last7Days(WallTime now) const;

 private:
  static constexpr int64_t kHours = 7 * 24;

  struct Side {
    SimulatedHpa pods;
    ServiceMeter meter;  // of the open hour
  };
  // As in Summary, in the precision that its sentence needs.
  struct Hour {
    float demand = 0;
    float lost_alone = 0;
    float lost_with = 0;
    float replica_hours_alone = 0;
    float replica_hours_with = 0;
    uint16_t steps = 0;  // of 15 s
  };

  // Of an hour since 1970, before it too.
  static size_t SlotOf(int64_t hour) { return static_cast<size_t>((hour % kHours + kHours) % kHours); }

  void Step(WallTime now, double demand);
  void Turn(WallTime now, double demand, int min_replicas, Side& side) const;
  // Closes the open hour and those up to `hour`, which is newer.
  void Open(int64_t hour);
  Hour OpenHour() const;

  ScoreOptions options_;
  Side alone_;
  Side with_;
  std::optional<forecast::Sample> last_;
  int floor_ = 0;  // from last_ on
  WallTime next_step_;
  int64_t open_hour_ = 0;           // since 1970
  std::array<Hour, kHours> hours_;  // the closed ones before open_hour_, each at its number modulo kHours
};

}  // namespace dso::sim
