#include "sim/report_timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "sim/report_format.h"
#include "sim/svg_path.h"
#include "sim/svg_plot.h"

namespace dso::sim {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kDemandHeight = 300;
constexpr double kReplicasHeight = 300;
constexpr double kLossHeight = 190;
constexpr double kGapInSteps = 3.5;  // a hole of this many steps is shown as one

double MillisecondsOf(WallTime at) { return static_cast<double>(at.time_since_epoch().count()); }

Scale TimeScale(const TimelineView& view) {
  return {MillisecondsOf(view.from), MillisecondsOf(view.to), Plot::kLeft, Plot::kRight};
}

Resolution ResolutionOf(const TimelineView& view, const Scale& time) {
  const double pixels_per_ms = (time.pixel_high() - time.pixel_low()) / (time.high() - time.low());
  const double step = static_cast<double>(view.typical_step.count());
  return {.column = view.column, .gap = std::max(view.column, kGapInSteps * step * pixels_per_ms)};
}

// What a moment asks for; NaN where demand is unknown.
double Needed(const Moment& moment, double capacity_per_replica) {
  const double needed = moment.demand / capacity_per_replica;
  return capacity_per_replica > 0 && std::isfinite(needed) ? needed : kNaN;
}

template <typename Value>
double Highest(std::span<const Moment> moments, Value value) {
  double highest = 0;
  for (const Moment& moment : moments) {
    const double v = value(moment);
    if (std::isfinite(v)) highest = std::max(highest, v);
  }
  return highest;
}

template <typename Value>
std::vector<Polyline> Runs(const TimelineView& view, const Scale& time, const Scale& scale, Value value) {
  std::vector<Point> points;
  points.reserve(view.moments.size());
  for (const Moment& moment : view.moments) {
    points.push_back({time(MillisecondsOf(moment.at)), scale(value(moment))});
  }
  return Downsample(points, ResolutionOf(view, time));
}

// From zero to a little more than the highest value.
Scale UpFromZero(double highest, double bottom) { return {0, highest > 0 ? highest * 1.04 : 1, bottom, Plot::kTop}; }

std::string Label(double tick) { return FormatSi(tick); }

}  // namespace

std::string DemandPlot(const TimelineView& view) {
  Plot plot(kDemandHeight,
            "Line plot of demand over time with the forecast that was made one lead before, " + view.name);
  const Scale time = TimeScale(view);
  const Scale y = UpFromZero(std::max(Highest(view.moments, [](const Moment& m) { return m.demand; }),
                                      Highest(view.moments, [](const Moment& m) { return m.quantile; })),
                             plot.bottom());
  plot.YAxis(y, NiceTicks(0, y.high(), 7), "Demand, in the unit of the trace", Label);
  plot.TimeAxis(time);

  std::vector<Interval> band;
  band.reserve(view.moments.size());
  for (const Moment& moment : view.moments) {
    band.push_back({time(MillisecondsOf(moment.at)), y(moment.expected), y(moment.quantile)});
  }
  plot.Path("band", BandPath(band, ResolutionOf(view, time)));
  plot.Path("line demand", LinePath(Runs(view, time, y, [](const Moment& m) { return m.demand; })));
  plot.Path("line expected", LinePath(Runs(view, time, y, [](const Moment& m) { return m.expected; })));
  return plot.Finish(fmt::format("data-pointer=\"{}\"", view.id));
}

std::string ReplicasPlot(const TimelineView& view, double capacity_per_replica) {
  Plot plot(kReplicasHeight,
            "Step plot of ready replicas with and without the floor, the floor, and the replicas that demand needed, " +
                view.name);
  const Scale time = TimeScale(view);
  const auto needed = [=](const Moment& m) { return Needed(m, capacity_per_replica); };
  const auto most = [](const Moment& m) { return std::max({m.replicas_alone, m.replicas_with, m.floor}); };
  const Scale y = UpFromZero(std::max(Highest(view.moments, needed), Highest(view.moments, most)), plot.bottom());
  plot.YAxis(y, NiceTicks(0, y.high(), 7, 1), "Replicas", Label);
  plot.TimeAxis(time);

  plot.Path("area served", StepAreaPath(Runs(view, time, y, needed), plot.bottom()));
  // What somebody lacks is painted over it: from the first to the second of two numbers of replicas, where there is
  // any.
  const auto shortage = [&](std::string_view css_class, auto from, auto to) {
    std::vector<Interval> intervals;
    intervals.reserve(view.moments.size());
    for (const Moment& moment : view.moments) {
      const double low = from(moment);
      const double high = to(moment);
      intervals.push_back({time(MillisecondsOf(moment.at)), high > low ? y(low) : kNaN, y(high)});
    }
    plot.Path(css_class, BandPath(intervals, ResolutionOf(view, time)));
  };
  const auto served = [=](const Moment& m) { return std::min<double>(needed(m), m.replicas_with); };
  shortage(
      "area saved", [](const Moment& m) { return m.replicas_alone; }, served);
  shortage("area lost", served, needed);
  const auto line = [&](std::string_view css_class, auto value) {
    plot.Path(css_class, StepPath(Runs(view, time, y, value)));
  };
  line("line floor", [](const Moment& m) { return m.floor; });
  line("line with", [](const Moment& m) { return m.replicas_with; });
  line("line alone", [](const Moment& m) { return m.replicas_alone; });
  return plot.Finish(fmt::format("data-pointer=\"{}\"", view.id));
}

std::string LossPlot(std::span<const DayLoss> days) {
  Plot plot(kLossHeight, "Bars of the demand lost on each day, of the HPA alone and with the floor");
  const WallTime end = days.back().day + std::chrono::days(1);
  const Scale time(MillisecondsOf(days.front().day), MillisecondsOf(end), Plot::kLeft, Plot::kRight);
  double highest = 0;
  for (const DayLoss& day : days) highest = std::max({highest, day.alone, day.with_floor});
  const Scale y = UpFromZero(highest, plot.bottom());
  plot.YAxis(y, NiceTicks(0, y.high(), 4), "Demand lost on each day, in units × seconds", Label);
  plot.TimeAxis(time);

  const double width = (Plot::kRight - Plot::kLeft) / static_cast<double>(days.size());
  const double bar = std::min(0.38 * width, 40.0);
  std::string alone;
  std::string with_floor;
  const auto append_bar = [&](std::string& path, double x, double loss) {
    if (!(loss > 0)) return;
    const double top = std::min(y(loss), plot.bottom() - 0.7);  // so little that it is no pixel is not nothing
    path += fmt::format("M{} {}V{}h{}V{}Z", Pixels(x), Pixels(plot.bottom()), Pixels(top), Pixels(std::max(bar, 0.5)),
                        Pixels(plot.bottom()));
  };
  for (const DayLoss& day : days) {
    const double middle = time(MillisecondsOf(day.day)) + width / 2;
    append_bar(alone, middle - bar, day.alone);
    append_bar(with_floor, middle, day.with_floor);
  }
  plot.Path("bar-alone", alone);
  plot.Path("bar-with", with_floor);
  return plot.Finish();
}

std::string PointerData(const TimelineView& view, double capacity_per_replica) {
  const Scale time = TimeScale(view);
  std::string json = fmt::format("{{\"left\":{},\"right\":{},\"moments\":[", Pixels(Plot::kLeft), Pixels(Plot::kRight));
  const auto append = [&](const Moment& moment) {
    if (json.back() != '[') json += ",\n";
    fmt::format_to(std::back_inserter(json), "[{},\"{}\",\"{}\",\"{}\",\"{}\",\"{}\",{},{},{}]",
                   Pixels(time(MillisecondsOf(moment.at))), FormatMinute(moment.at), FormatSi(moment.demand),
                   FormatSi(moment.expected), FormatSi(moment.quantile), FormatSi(Needed(moment, capacity_per_replica)),
                   moment.floor, moment.replicas_alone, moment.replicas_with);
  };
  const Moment* busiest = nullptr;
  double column = 0;
  for (const Moment& moment : view.moments) {
    const double number = std::floor(time(MillisecondsOf(moment.at)) / view.column);
    if (busiest != nullptr && number != column) {
      append(*busiest);
      busiest = nullptr;
    }
    column = number;
    if (busiest == nullptr || moment.demand > busiest->demand || std::isnan(busiest->demand)) busiest = &moment;
  }
  if (busiest != nullptr) append(*busiest);
  return json + "]}";
}

}  // namespace dso::sim
