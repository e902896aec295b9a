#include "sim/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "sim/report_days.h"
#include "sim/report_format.h"
#include "sim/report_frontier.h"
#include "sim/report_style.h"
#include "sim/report_tables.h"
#include "sim/report_timeline.h"

namespace dso::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Two samples a minute are drawn as they are over a day; over weeks, a line is as fine as a pixel.
constexpr double kDetailColumn = 0.33;
constexpr double kOverviewColumn = 1;
// A timeline that is hardly longer than the day of detail is shown once.
constexpr milliseconds kLongestSingleView = hours(30);

constexpr std::string_view kDemandLegend =
    "<span><i class=\"demand\"></i>demand</span><span><i class=\"expected\"></i>expected, one lead before</span>"
    "<span><i class=\"key-area band\"></i>from expected up to the quantile</span>";
constexpr std::string_view kReplicasLegend =
    "<span><i class=\"alone\"></i>ready, HPA alone</span><span><i class=\"with\"></i>ready, with the floor</span>"
    "<span class=\"floor-entry\"><i class=\"floor\"></i>floor</span><span><i class=\"key-area "
    "served\"></i>needed</span>"
    "<span><i class=\"key-area saved\"></i>saved by the floor</span>"
    "<span><i class=\"key-area lost\"></i>lost even with the floor</span>";
constexpr std::string_view kLossLegend =
    "<span><i class=\"key-area bar-alone\"></i>HPA alone</span>"
    "<span><i class=\"key-area bar-with\"></i>with the floor</span>";

// The plots over time: of everything, and of one day where everything is longer.
struct Views {
  TimelineView all;
  std::vector<TimelineView> detail;  // none or one
  std::vector<DayLoss> days;
};

Views ViewsOf(const BacktestResult& result) {
  const std::span<const Moment> timeline = result.timeline;
  Views views;
  const milliseconds step = TypicalStep(timeline);
  WallTime from = timeline.front().at;
  WallTime to = timeline.back().at;
  const bool single = to - from <= kLongestSingleView;
  const std::string range = fmt::format("{} to {} UTC", FormatMinute(from), FormatMinute(to));
  if (to == from) {  // one moment in the middle of an hour
    from -= minutes(30);
    to += minutes(30);
  }
  views.all = {"all", range, timeline, from, to, single ? kDetailColumn : kOverviewColumn, step};
  views.days = LossByDay(timeline, result.options.capacity_per_replica);
  if (single) return views;
  const WallTime day = DetailDay(timeline, views.days, result.options.lead);
  const WallTime end = day + hours(24);
  views.detail.push_back({"detail", FormatDay(day), Between(timeline, day, end), day, end, kDetailColumn, step});
  return views;
}

std::string Figure(std::string_view css_class, std::string_view legend, const std::string& svg) {
  return fmt::format("<figure class=\"{}\">\n<figcaption class=\"legend\">{}</figcaption>\n{}</figure>\n", css_class,
                     legend, svg);
}

// Days that are only a few pixels wide are drawn with thinner lines.
std::string_view OverviewClass(const TimelineView& view) {
  return view.to - view.from > std::chrono::days(28) ? "overview long" : "overview";
}

std::string DetailHeading(const Views& views, const TimelineView& view) {
  const bool loss = std::any_of(views.days.begin(), views.days.end(), [](const DayLoss& day) { return day.alone > 0; });
  return fmt::format("<h3>{}: the day with {}</h3>\n", view.name,
                     loss ? "the greatest loss of the HPA alone" : "the steepest rise");
}

std::string DemandSection(const Views& views) {
  std::string html =
      "<h2>Demand and forecast</h2>\n" + Figure(OverviewClass(views.all), kDemandLegend, DemandPlot(views.all));
  for (const TimelineView& view : views.detail) {
    html += DetailHeading(views, view) + Figure("detail", kDemandLegend, DemandPlot(view));
  }
  return html;
}

std::string ReplicasSection(const Views& views, double capacity_per_replica) {
  std::string html =
      "<h2>Replicas</h2>\n<p>Needed is demand divided by the capacity of a replica. Where it rises above "
      "the ready replicas, demand is lost.</p>\n";
  html += Figure(OverviewClass(views.all), kReplicasLegend, ReplicasPlot(views.all, capacity_per_replica));
  for (const TimelineView& view : views.detail) {
    html += DetailHeading(views, view) + Figure("detail", kReplicasLegend, ReplicasPlot(view, capacity_per_replica));
  }
  const bool loss = std::any_of(views.days.begin(), views.days.end(),
                                [](const DayLoss& day) { return day.alone > 0 || day.with_floor > 0; });
  if (!loss) return html + "<p class=\"empty\">At no moment of the plot was demand beyond the ready replicas.</p>\n";
  if (views.detail.empty()) return html;
  return html + "<h3>Losses by day</h3>\n" + Figure("days", kLossLegend, LossPlot(views.days));
}

std::string TimelineSections(const BacktestResult& result) {
  if (result.timeline.empty()) {
    return "<h2>Demand and replicas</h2>\n<p class=\"empty\">Nothing is left after the warm-up, so there is nothing to "
           "plot.</p>\n";
  }
  const Views views = ViewsOf(result);
  const double capacity = result.options.capacity_per_replica;
  std::string html = DemandSection(views) + ReplicasSection(views, capacity);
  const auto append_data = [&](const TimelineView& view) {
    html += fmt::format("<script type=\"application/json\" data-of=\"{}\">{}</script>\n", view.id,
                        PointerData(view, capacity));
  };
  append_data(views.all);
  for (const TimelineView& view : views.detail) append_data(view);
  return html;
}

std::string Headline(const BacktestResult& result) {
  if (!result.recommendation.empty()) return EscapeHtml(result.recommendation);
  return fmt::format("With the floor: demand lost {}, replica-hours {}.",
                     FormatChange(result.alone.lost, result.with_floor.lost),
                     FormatChange(result.alone.replica_hours, result.with_floor.replica_hours));
}

std::string Title(const BacktestResult& result) {
  return result.trace.empty() ? "Unnamed trace" : EscapeHtml(result.trace);
}

std::string Opening(const BacktestResult& result) {
  return fmt::format(
      "<header>\n<p class=\"kicker\">Backtest of predictive scale-out</p>\n<h1>{}</h1>\n"
      "<p class=\"facts\">{} – {} UTC · {} samples · the first {} learned from, judged from {} UTC</p>\n"
      "<p class=\"headline\">{}</p>\n{}</header>\n",
      Title(result), FormatMinute(result.from), FormatMinute(result.to),
      FormatGrouped(static_cast<double>(result.samples)), FormatDuration(result.judged_from - result.from),
      FormatMinute(result.judged_from), Headline(result), KeyFigures(result));
}

}  // namespace

std::string HtmlReport(const BacktestResult& result) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}: backtest of predictive "
      "scale-out</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      Title(result), kReportStyle);
  html += Opening(result);
  html += TimelineSections(result);
  html += "<h2>Cost against loss</h2>\n" + FrontierSection(result);
  html +=
      "<h2>Figures</h2>\n" + ServiceTable(result) + AccuracyTable(result) + ModelTable(result) + OptionsTable(result);
  html += "<h2>How to read this</h2>\n" + HowToRead(result);
  html += "<h2>What this does not know</h2>\n" + WhatIsNotKnown(result);
  html += fmt::format("</main>\n<script>{}</script>\n</body>\n</html>\n", kReportScript);
  return html;
}

}  // namespace dso::sim
