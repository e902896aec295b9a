// A rate of requests that varies over time: what the load follows and what the exporter integrates.
#pragma once

#include <optional>
#include <vector>

#include "common/duration.h"

namespace workload {

struct RatePoint {
  Seconds at{};  // since the start of the schedule
  double requests_per_second = 0;
};

// A piecewise linear rate. Immutable, so safe to read from any thread.
//
// A schedule that is played once is 0 after its last point. One that loops starts again a usual step (the median one)
// after its last point, so that a day of minutes, 00:00 to 23:59, has a period of 24 h.
class Schedule {
 public:
  enum class Repeat { kOnce, kLoop };

  // `points`: at least two, the first at 0 s, times increasing, rates finite and at least 0.
  Schedule(std::vector<RatePoint> points, Repeat repeat);

  Seconds length() const { return points_.back().at; }  // of one pass
  bool loops() const { return repeat_ == Repeat::kLoop; }

  // For times of at least 0 s:
  double RateAt(Seconds time) const;
  // The requests due from the start to `time`: the integral of the rate.
  double RequestsUntil(Seconds time) const;
  // The inverse of RequestsUntil: when the integral reaches `requests`; nothing if it never does.
  std::optional<Seconds> TimeOfRequest(double requests) const;

 private:
  // The part of the schedule that a time falls into.
  struct Position {
    double passes = 0;  // completed before
    Seconds in_pass{};
  };
  Position Locate(Seconds time) const;
  double RequestsInPass(Seconds in_pass) const;

  std::vector<RatePoint> points_;
  std::vector<double> requests_before_;  // the integral up to each point
  Repeat repeat_;
};

// The same shape `speed` times as fast, with `scale` times the rate.
std::vector<RatePoint> Rescale(std::vector<RatePoint> points, double speed, double scale);

}  // namespace workload
