#include "sim/svg_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace dso::sim {
namespace {

// Four points of one column.
struct Column {
  double number = 0;
  Point first, lowest, highest, last;
};

void AppendTo(Polyline& run, const Column& column) {
  const auto append = [&run](const Point& point) {
    if (run.empty() || !(run.back() == point)) run.push_back(point);
  };
  const bool up = column.lowest.x <= column.highest.x;
  append(column.first);
  append(up ? column.lowest : column.highest);
  append(up ? column.highest : column.lowest);
  append(column.last);
}

// Whether a line leads from one known point to the next.
bool Connected(double from, double to, bool unknown_between, const Resolution& resolution) {
  const double distance = to - from;
  return distance <= resolution.column || (!unknown_between && distance <= resolution.gap);
}

void AppendPoint(std::string& path, char command, const Point& point) {
  path += command;
  path += Pixels(point.x);
  path += ' ';
  path += Pixels(point.y);
}

// A single point becomes a dash: a line without a length would not be seen.
Polyline Visible(const Polyline& run) {
  constexpr double kHalf = 2;
  if (run.size() > 1) return run;
  return {{run.front().x - kHalf, run.front().y}, {run.front().x + kHalf, run.front().y}};
}

void AppendSteps(std::string& path, const Polyline& run) {
  double y = run.front().y;
  for (const Point& point : run) {
    if (point.y == y) continue;
    path += "H" + Pixels(point.x) + "V" + Pixels(point.y);
    y = point.y;
  }
  path += "H" + Pixels(run.back().x);
}

void AppendBand(std::string& path, std::vector<Interval>& run) {
  if (run.empty()) return;
  if (run.size() == 1) {  // an area without a width would not be seen
    run.push_back(run.front());
    run.front().x -= 0.5;
    run.back().x += 0.5;
  }
  char command = 'M';
  for (const Interval& interval : run) {
    AppendPoint(path, command, {interval.x, interval.high});
    command = 'L';
  }
  for (auto interval = run.rbegin(); interval != run.rend(); ++interval) {
    AppendPoint(path, command, {interval->x, interval->low});
  }
  path += 'Z';
  run.clear();
}

}  // namespace

std::string Pixels(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::vector<Polyline> Downsample(std::span<const Point> points, const Resolution& resolution) {
  std::vector<Polyline> runs;
  std::optional<Column> column;
  bool unknown_between = false;
  const auto flush = [&] {
    if (column) AppendTo(runs.back(), *column);
    column.reset();
  };
  for (const Point& point : points) {
    if (!std::isfinite(point.y)) {
      unknown_between = true;
      continue;
    }
    const bool connected = column && Connected(column->last.x, point.x, unknown_between, resolution);
    const double number = std::floor(point.x / resolution.column);
    unknown_between = false;
    if (connected && column->number == number) {
      if (point.y < column->lowest.y) column->lowest = point;
      if (point.y > column->highest.y) column->highest = point;
      column->last = point;
      continue;
    }
    flush();
    if (!connected) runs.emplace_back();
    column = Column{number, point, point, point, point};
  }
  flush();
  return runs;
}

std::string LinePath(const std::vector<Polyline>& runs) {
  std::string path;
  for (const Polyline& points : runs) {
    const Polyline run = Visible(points);
    AppendPoint(path, 'M', run.front());
    for (size_t i = 1; i < run.size(); ++i) AppendPoint(path, 'L', run[i]);
  }
  return path;
}

std::string StepPath(const std::vector<Polyline>& runs) {
  std::string path;
  for (const Polyline& points : runs) {
    const Polyline run = Visible(points);
    AppendPoint(path, 'M', run.front());
    AppendSteps(path, run);
  }
  return path;
}

std::string StepAreaPath(const std::vector<Polyline>& runs, double base) {
  std::string path;
  for (const Polyline& points : runs) {
    const Polyline run = Visible(points);
    AppendPoint(path, 'M', {run.front().x, base});
    path += "V" + Pixels(run.front().y);
    AppendSteps(path, run);
    path += "V" + Pixels(base) + "Z";
  }
  return path;
}

std::string BandPath(std::span<const Interval> intervals, const Resolution& resolution) {
  std::string path;
  std::vector<Interval> run;
  double column = 0;
  double last_x = 0;
  bool unknown_between = false;
  for (const Interval& interval : intervals) {
    if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) {
      unknown_between = true;
      continue;
    }
    if (!run.empty() && !Connected(last_x, interval.x, unknown_between, resolution)) AppendBand(path, run);
    const double number = std::floor(interval.x / resolution.column);
    if (!run.empty() && number == column) {
      run.back().low = std::max(run.back().low, interval.low);  // y points downwards
      run.back().high = std::min(run.back().high, interval.high);
    } else {
      run.push_back(interval);
    }
    column = number;
    last_x = interval.x;
    unknown_between = false;
  }
  AppendBand(path, run);
  return path;
}

}  // namespace dso::sim
