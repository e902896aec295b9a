// The plots over time: demand with its forecast, replicas with and without the floor, and what was lost on each day.
// Pure and thread-safe.
#pragma once

#include <span>
#include <string>

#include "sim/backtest.h"
#include "sim/report_days.h"

namespace dso::sim {

// A range of the timeline and how it is drawn.
struct TimelineView {
  std::string id;    // of the data for the pointer: [a-z]+
  std::string name;  // for people: "14 days", "Mon 2 Mar 2026"
  std::span<const Moment> moments;
  WallTime from, to;  // of the time axis
  double column = 1;  // in pixels: what is closer is merged into an envelope
  milliseconds typical_step{0};
};

// The <svg> of demand in its own unit: the measured line, the expected one, and the band up to the quantile.
std::string DemandPlot(const TimelineView& view);
// The <svg> of ready replicas, of the floor, and of demand / capacity, shaded where nobody could serve it.
std::string ReplicasPlot(const TimelineView& view, double capacity_per_replica);
// The <svg> of the losses by day, of the HPA alone and with the floor side by side.
std::string LossPlot(std::span<const DayLoss> days);

// What the pointer shows in the plots of a view, as JSON: of each column the moment with the highest demand.
std::string PointerData(const TimelineView& view, double capacity_per_replica);

}  // namespace dso::sim
