// The shapes of time series as SVG path data, reduced to what a plot can show.
//
// Reduction is M4 (Jugel, Jerzak, Hackenbroich, Markl: "M4: A Visualization-Oriented Time Series Data Aggregation",
// VLDB 2014): of the points in a column of pixels the first, the lowest, the highest and the last remain. The line
// looks the same as that through all points, so that no peak is lost, and its size is bounded by the width of the plot.
//
// All functions are pure and thread-safe. Coordinates are pixels, y downwards; points are in order of x.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace dso::sim {

struct Point {
  double x = 0;
  double y = 0;  // NaN: nothing is known here, the line has a gap

  friend bool operator==(const Point&, const Point&) = default;
};
using Polyline = std::vector<Point>;  // points that a line connects

// How far points are merged, and how far apart they are still connected, in pixels.
struct Resolution {
  double column = 1;
  double gap = 1e9;
};

// Points in a column are reduced to at most four. A gap narrower than a column is not seen.
std::vector<Polyline> Downsample(std::span<const Point> points, const Resolution& resolution);

// In the paths of lines and areas, a run of one point is a short dash.
std::string LinePath(const std::vector<Polyline>& runs);
// A value holds until the next one.
std::string StepPath(const std::vector<Polyline>& runs);
// Between the steps and the base line.
std::string StepAreaPath(const std::vector<Polyline>& runs, double base);

struct Interval {
  double x = 0;
  double low = 0;  // NaN in either: a gap
  double high = 0;
};
// The area from `low` to `high`: in a column, the hull of all of its intervals.
std::string BandPath(std::span<const Interval> intervals, const Resolution& resolution);

// To a tenth of a pixel: "12.3", "12".
std::string Pixels(double value);

}  // namespace dso::sim
