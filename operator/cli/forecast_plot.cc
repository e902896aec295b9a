#include "cli/forecast_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/braille_canvas.h"
#include "cli/plot_axis.h"

namespace dso::cli {
namespace {

// What lies higher hides what lies lower.
enum Layer { kBand, kGuide, kExpected, kPresent };

constexpr double kHighestCapacity = 4;  // times the highest point: beyond, the demand would be a flat line
constexpr int kRowsPerMark = 2;
constexpr int kColumnsPerMark = 8;

// From values and moments to dots.
struct Scale {
  WallTime from;
  WallTime to;
  double top = 1;
  int across = 1;
  int down = 1;

  int X(WallTime at) const {
    const double share = static_cast<double>((at - from).count()) / static_cast<double>((to - from).count());
    return static_cast<int>(std::lround(share * (across - 1)));
  }
  // A mark of the axis begins a row of characters.
  int Y(double value) const {
    return std::min(static_cast<int>(std::lround((1 - std::clamp(value / top, 0.0, 1.0)) * down)), down - 1);
  }
};

std::vector<ForecastPlot::Point> FinitePoints(const ForecastPlot& plot) {
  std::vector<ForecastPlot::Point> points;
  for (const ForecastPlot::Point& point : plot.points) {
    if (std::isfinite(point.expected) && std::isfinite(point.low) && std::isfinite(point.high)) points.push_back(point);
  }
  return points;
}

double HighestOf(const std::vector<ForecastPlot::Point>& points, const ForecastPlot& plot) {
  double highest = plot.demand.value_or(0);
  for (const ForecastPlot::Point& point : points) highest = std::max({highest, point.expected, point.high});
  return highest;
}

// A sparse pattern of dots: it is seen as a shade, and a line upon it as a line.
void FillBand(BrailleCanvas& canvas, const Scale& scale, const std::vector<ForecastPlot::Point>& points) {
  for (size_t i = 0; i + 1 < points.size(); ++i) {
    const int x0 = scale.X(points[i].at);
    const int x1 = scale.X(points[i + 1].at);
    for (int x = x0; x <= x1; ++x) {
      const double share = x1 == x0 ? 0 : static_cast<double>(x - x0) / (x1 - x0);
      const int high = scale.Y(std::lerp(points[i].high, points[i + 1].high, share));
      const int low = scale.Y(std::lerp(points[i].low, points[i + 1].low, share));
      for (int y = high; y <= low; ++y) {
        if ((x + y) % 2 == 0) canvas.Dot(x, y, kBand, Style::kCyan);
      }
    }
    canvas.Line(x0, scale.Y(points[i].high), x1, scale.Y(points[i + 1].high), kBand, Style::kCyan);
  }
}

void DrawExpected(BrailleCanvas& canvas, const Scale& scale, const std::vector<ForecastPlot::Point>& points) {
  for (size_t i = 0; i < points.size(); ++i) {
    const ForecastPlot::Point& next = points[std::min(i + 1, points.size() - 1)];
    canvas.Line(scale.X(points[i].at), scale.Y(points[i].expected), scale.X(next.at), scale.Y(next.expected), kExpected,
                Style::kBold);
  }
}

void DrawGuides(BrailleCanvas& canvas, const Scale& scale, const ForecastPlot& plot, int rows) {
  if (plot.lead && plot.from + *plot.lead <= scale.to) {
    for (int row = 0; row < rows; ++row) {
      canvas.Glyph(scale.X(plot.from + *plot.lead) / 2, row, "┊", kGuide, Style::kYellow);
    }
  }
  if (plot.capacity && plot.capacity->value <= scale.top) {
    const int y = scale.Y(plot.capacity->value);
    canvas.Line(0, y, scale.across - 1, y, kGuide, Style::kGreen, 2);
  }
  if (plot.demand) canvas.Glyph(0, scale.Y(*plot.demand) / 4, "●", kPresent, Style::kBold);
}

// The line of the axis and that of its labels.
std::string TimeAxis(const View& view, const Scale& scale, int columns, int margin) {
  std::vector<std::string> line(static_cast<size_t>(columns), "─");
  std::string labels = fmt::format("{:{}}now", "", margin);
  int end = margin + 3;
  for (const TimeMark& mark : TimeMarks(view, scale.from, scale.to, std::max(1, columns / kColumnsPerMark))) {
    const int column = scale.X(mark.at) / 2;
    line[static_cast<size_t>(column)] = "┬";
    const int length = DisplayWidth(mark.label);
    const int begin = std::min(margin + column - length / 2, margin + columns - length);
    if (begin <= end) continue;
    labels += fmt::format("{:{}}{}", "", begin - end, mark.label);
    end = begin + length;
  }
  std::string text = fmt::format("{:>{}} └", "0", margin - 2);
  for (const std::string& piece : line) text += piece;
  return text + "\n" + labels + "\n";
}

std::string Legend(const View& view, const ForecastPlot& plot, const Scale& scale) {
  std::vector<std::string> entries = {Paint(view, Style::kBold, "━") + " expected"};
  if (!plot.band.empty()) entries.push_back(Paint(view, Style::kCyan, "⢕⢕") + " " + plot.band);
  if (plot.demand) entries.push_back(Paint(view, Style::kBold, "●") + " now " + QuantityText(*plot.demand));
  if (plot.lead) {
    const bool inside = plot.from + *plot.lead <= scale.to;
    entries.push_back(Paint(view, Style::kYellow, "┊") + " lead " + FormatDuration(*plot.lead) +
                      (inside ? "" : " (beyond the plot)"));
  }
  if (plot.capacity) {
    const bool inside = plot.capacity->value <= scale.top;
    entries.push_back(Paint(view, Style::kGreen, "⠄⠄") + " " + plot.capacity->label +
                      (inside ? "" : " (above the plot)"));
  }
  std::string text;
  int width = 0;
  for (const std::string& entry : entries) {
    const bool fits = width + 3 + DisplayWidth(entry) <= view.columns;
    text += text.empty() ? "  " : fits ? "   " : "\n  ";
    width = (fits && width > 0 ? width + 3 : 2) + DisplayWidth(entry);
    text += entry;
  }
  return text + "\n";
}

}  // namespace

std::string PlotText(const ForecastPlot& plot, const View& view) {
  const std::vector<ForecastPlot::Point> points = FinitePoints(plot);
  if (points.empty()) return "The forecast has no points to draw.\n";
  const int width = std::clamp(view.columns, 40, 200);
  const int rows_wanted = std::clamp(width / 5, 8, 24);

  const double highest = HighestOf(points, plot);
  const bool draws_capacity = plot.capacity && plot.capacity->value <= kHighestCapacity * highest;
  const ValueAxis axis =
      ValueAxisTo(draws_capacity ? std::max(highest, plot.capacity->value) : highest, rows_wanted / kRowsPerMark);
  const int rows = axis.steps * std::max(1, rows_wanted / axis.steps);
  size_t label_width = 1;
  for (int i = 0; i <= axis.steps; ++i) label_width = std::max(label_width, axis.Label(i).size());
  const int margin = static_cast<int>(label_width) + 2;
  const int columns = width - margin;

  BrailleCanvas canvas(columns, rows);
  const Scale scale{.from = plot.from,
                    .to = std::max(points.back().at, plot.from + seconds(1)),
                    .top = axis.top(),
                    .across = canvas.dots_across(),
                    .down = canvas.dots_down()};
  FillBand(canvas, scale, points);
  DrawGuides(canvas, scale, plot, rows);
  DrawExpected(canvas, scale, points);
  // A single dot is hard to see.
  if (points.size() == 1)
    canvas.Glyph(scale.X(points[0].at) / 2, scale.Y(points[0].expected) / 4, "•", kExpected, Style::kBold);

  std::vector<std::string> labels(static_cast<size_t>(rows));
  for (int i = 1; i <= axis.steps; ++i) labels[static_cast<size_t>(scale.Y(axis.step * i) / 4)] = axis.Label(i);
  std::string text = Paint(view, Style::kDim, fmt::format("{:{}}{}", "", label_width + 1, plot.unit)) + "\n";
  for (int row = 0; row < rows; ++row) {
    const std::string& label = labels[static_cast<size_t>(row)];
    std::string line = fmt::format("{:>{}} {}{}", label, label_width, label.empty() ? "│" : "┤", canvas.Row(row, view));
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text + TimeAxis(view, scale, columns, margin) + Legend(view, plot, scale);
}

}  // namespace dso::cli
