// What was lost on which day, and which day shows most.
// Pure and thread-safe. Days are those of UTC.
#pragma once

#include <span>
#include <vector>

#include "sim/backtest.h"

namespace dso::sim {

// The usual distance of two moments (the median); 0 for fewer than two.
milliseconds TypicalStep(std::span<const Moment> timeline);

// Demand beyond what the ready replicas could serve, in units × seconds, as the moments of the timeline tell. A moment
// stands for the time until the next, but for two typical steps at most. (Service::lost is more exact: it sees the time
// between the moments, too.)
struct DayLoss {
  WallTime day;  // its start
  double alone = 0;
  double with_floor = 0;
};
// One for each day from the first to the last moment.
std::vector<DayLoss> LossByDay(std::span<const Moment> timeline, double capacity_per_replica);

// The start of the day with the greatest loss of the HPA alone; without any loss, of the day with the steepest rise
// over a lead. Precondition: `timeline` and `days` are not empty.
WallTime DetailDay(std::span<const Moment> timeline, std::span<const DayLoss> days, milliseconds lead);

// The moments of [from, to).
std::span<const Moment> Between(std::span<const Moment> timeline, WallTime from, WallTime to);

}  // namespace dso::sim
