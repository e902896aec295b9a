#include "sim/report_days.h"

#include <algorithm>
#include <cmath>

namespace dso::sim {
namespace {

using std::chrono::days;

WallTime StartOfDay(WallTime at) { return std::chrono::floor<days>(at); }

double Beyond(double demand, int replicas, double capacity_per_replica) {
  const double beyond = demand - replicas * capacity_per_replica;
  return std::isfinite(beyond) ? std::max(0.0, beyond) : 0;
}

WallTime SteepestRise(std::span<const Moment> timeline, milliseconds lead) {
  double steepest = 0;
  WallTime at = timeline.front().at;
  size_t before = 0;
  for (size_t i = 1; i < timeline.size(); ++i) {
    while (before + 1 < i && timeline[before + 1].at <= timeline[i].at - lead) ++before;
    const double rise = timeline[i].demand - timeline[before].demand;
    if (rise > steepest) {  // never of NaN
      steepest = rise;
      at = timeline[i].at;
    }
  }
  return at;
}

}  // namespace

milliseconds TypicalStep(std::span<const Moment> timeline) {
  if (timeline.size() < 2) return milliseconds(0);
  std::vector<milliseconds> steps;
  steps.reserve(timeline.size() - 1);
  for (size_t i = 1; i < timeline.size(); ++i) steps.push_back(timeline[i].at - timeline[i - 1].at);
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

std::vector<DayLoss> LossByDay(std::span<const Moment> timeline, double capacity_per_replica) {
  const milliseconds step = TypicalStep(timeline);
  std::vector<DayLoss> losses;
  for (size_t i = 0; i < timeline.size(); ++i) {
    const Moment& moment = timeline[i];
    const WallTime day = StartOfDay(moment.at);
    if (losses.empty()) losses.push_back({day});
    while (losses.back().day < day) losses.push_back({losses.back().day + days(1)});
    const milliseconds until_next = i + 1 < timeline.size() ? timeline[i + 1].at - moment.at : step;
    const double elapsed = std::chrono::duration<double>(std::min(until_next, 2 * step)).count();
    losses.back().alone += elapsed * Beyond(moment.demand, moment.replicas_alone, capacity_per_replica);
    losses.back().with_floor += elapsed * Beyond(moment.demand, moment.replicas_with, capacity_per_replica);
  }
  return losses;
}

WallTime DetailDay(std::span<const Moment> timeline, std::span<const DayLoss> losses, milliseconds lead) {
  const auto worst = std::max_element(losses.begin(), losses.end(),
                                      [](const DayLoss& a, const DayLoss& b) { return a.alone < b.alone; });
  return worst->alone > 0 ? worst->day : StartOfDay(SteepestRise(timeline, lead));
}

std::span<const Moment> Between(std::span<const Moment> timeline, WallTime from, WallTime to) {
  const auto before = [](const Moment& moment, WallTime at) { return moment.at < at; };
  const auto first = std::lower_bound(timeline.begin(), timeline.end(), from, before);
  return {first, std::lower_bound(first, timeline.end(), to, before)};
}

}  // namespace dso::sim
