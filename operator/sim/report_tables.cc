#include "sim/report_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "sim/report_format.h"

namespace dso::sim {
namespace {

std::string Figure(std::string_view name, std::string_view value, std::string_view detail) {
  return fmt::format("<div class=\"figure\"><dt>{}</dt><dd><strong>{}</strong><small>{}</small></dd></div>\n", name,
                     value, detail);
}

std::string FromTo(std::string_view from, std::string_view to) {
  return fmt::format("<span class=\"alone\">{}</span> <span class=\"arrow\">→</span> <span class=\"with\">{}</span>",
                     from, to);
}

std::string Row(std::string_view name, std::string_view value, std::string_view remark) {
  return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"text\">{}</td></tr>\n", name, value, remark);
}

std::string ThreeColumns(std::string_view caption, std::string_view heads, const std::string& rows) {
  return fmt::format(
      "<div class=\"scroll\"><table><caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>"
      "</table></div>\n",
      caption, heads, rows);
}

// A value of the HPA alone, the same with the floor, and the change.
std::string CompareRow(std::string_view name, std::string_view alone, std::string_view with_floor,
                       std::string_view change) {
  return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n", name, alone, with_floor,
                     change);
}

std::string ChangeOf(milliseconds from, milliseconds to) {
  return FormatChange(static_cast<double>(from.count()), static_cast<double>(to.count()));
}

std::string Seasons(const BacktestResult& result) {
  if (result.seasons.empty()) return "none";
  std::string text;
  for (const milliseconds season : result.seasons) text += (text.empty() ? "" : ", ") + FormatDuration(season);
  return text;
}

}  // namespace

std::string KeyFigures(const BacktestResult& result) {
  const Service& alone = result.alone;
  const Service& with = result.with_floor;
  const Accuracy& accuracy = result.accuracy;
  std::string html = "<dl class=\"figures\">\n";
  html += Figure("Demand lost", FromTo(FormatSi(alone.lost), FormatSi(with.lost)),
                 fmt::format("{}; {} → {} of all demand", FormatChange(alone.lost, with.lost),
                             FormatPercent(alone.lost_share), FormatPercent(with.lost_share)));
  html += Figure("Replica-hours", FormatChange(alone.replica_hours, with.replica_hours),
                 fmt::format("{} → {}", FormatGrouped(alone.replica_hours), FormatGrouped(with.replica_hours)));
  html +=
      Figure("Longest time over capacity", FromTo(FormatDuration(alone.worst_busy), FormatDuration(with.worst_busy)),
             fmt::format("{} → {} in all", FormatDuration(alone.busy), FormatDuration(with.busy)));
  html += Figure("Peaks within the forecast", accuracy.forecasts > 0 ? FormatPercent(accuracy.coverage_of_peak) : "–",
                 accuracy.forecasts > 0 ? FormatPercent(result.options.policy.quantile) + " promised"
                                        : "no forecast could be judged");
  return html +
         "</dl>\n<p class=\"note\"><span class=\"alone\">The HPA alone</span> → <span class=\"with\">with the "
         "floor</span>. Demand lost is in units × seconds: requests, where demand is in requests/s.</p>\n";
}

std::string ServiceTable(const BacktestResult& result) {
  const Service& alone = result.alone;
  const Service& with = result.with_floor;
  std::string rows;
  const auto share = [](double value) { return FormatPercent(value); };
  rows += CompareRow("Demand lost, units × seconds", FormatGrouped(alone.lost), FormatGrouped(with.lost),
                     FormatChange(alone.lost, with.lost));
  rows += CompareRow("Demand lost, of all demand", share(alone.lost_share), share(with.lost_share),
                     FormatChange(alone.lost_share, with.lost_share));
  rows += CompareRow("Replica-hours, starting ones included", FormatGrouped(alone.replica_hours),
                     FormatGrouped(with.replica_hours), FormatChange(alone.replica_hours, with.replica_hours));
  rows += CompareRow("Time over capacity", FormatDuration(alone.busy), FormatDuration(with.busy),
                     ChangeOf(alone.busy, with.busy));
  rows += CompareRow("Longest time over capacity", FormatDuration(alone.worst_busy), FormatDuration(with.worst_busy),
                     ChangeOf(alone.worst_busy, with.worst_busy));
  rows += CompareRow("Mean utilisation", share(alone.mean_utilization), share(with.mean_utilization),
                     FormatChange(alone.mean_utilization, with.mean_utilization));
  rows += CompareRow("Changes of the number of replicas", FormatGrouped(static_cast<double>(alone.changes)),
                     FormatGrouped(static_cast<double>(with.changes)),
                     FormatChange(static_cast<double>(alone.changes), static_cast<double>(with.changes)));
  return ThreeColumns("What became of the demand",
                      "<th scope=\"col\"><span class=\"sr\">Figure</span></th><th scope=\"col\">HPA alone</th>"
                      "<th scope=\"col\">With the floor</th><th scope=\"col\">Change</th>",
                      rows);
}

std::string AccuracyTable(const BacktestResult& result) {
  const Accuracy& accuracy = result.accuracy;
  if (accuracy.forecasts == 0) {
    return "<p class=\"empty\">No forecast could be judged: the history is too short for one.</p>\n";
  }
  const auto share = [](double value) { return FormatPercent(value); };
  const std::string promised = fmt::format("{} promised", share(result.options.policy.quantile));
  std::string rows;
  rows += Row("Error of the forecast (WAPE)", share(accuracy.wape),
              fmt::format("at exactly the lead of {}, over {} forecasts", FormatDuration(result.options.lead),
                          FormatGrouped(static_cast<double>(accuracy.forecasts))));
  rows += Row("… of “as now”", share(accuracy.wape_last_value), "what an autoscaler assumes that only reacts");
  rows += Row("… of “as at this time a day ago”", share(accuracy.wape_seasonal_naive), "what a schedule assumes");
  rows += Row("Maxima over a lead within the quantile", share(accuracy.coverage_of_peak),
              promised + ": this is what the floor is planned with");
  rows += Row("Single values within the quantile", share(accuracy.coverage), promised);
  rows +=
      Row("… in the steepest fifth of rises", share(accuracy.coverage_in_rises), promised + ": when it matters most");
  return ThreeColumns("How good the forecasts were",
                      "<th scope=\"col\"><span class=\"sr\">Figure</span></th><th scope=\"col\">Measured</th>"
                      "<th scope=\"col\" class=\"text\">Compare with</th>",
                      rows);
}

std::string ModelTable(const BacktestResult& result) {
  if (result.models.empty()) return "<p class=\"empty\">There are no figures for single models.</p>\n";
  std::string rows;
  for (const ModelScore& model : result.models) {
    const double width = std::clamp(model.weight, 0.0, 1.0) * 100;
    rows += Row(EscapeHtml(model.name), FormatPercent(model.wape),
                fmt::format("<span class=\"meter\"><i style=\"width:{:.1f}%\"></i></span> {}", width >= 0 ? width : 0.0,
                            FormatPercent(model.weight)));
  }
  return ThreeColumns("The models behind the forecast, at the end of the replay",
                      "<th scope=\"col\">Model</th><th scope=\"col\">Error (WAPE)</th>"
                      "<th scope=\"col\" class=\"text\">Part in the combination</th>",
                      rows);
}

std::string OptionsTable(const BacktestResult& result) {
  const BacktestOptions& options = result.options;
  std::string rows;
  rows += Row("HPA target", FormatPercent(options.policy.hpa_target), "CPU utilisation that the HPA aims at");
  rows += Row("Floor target", FormatPercent(options.policy.floor_target), "utilisation that the floor plans with");
  rows += Row("Quantile", fmt::format("{:.4g}", options.policy.quantile), "of the maximum of demand over the lead");
  rows += Row("Lead", FormatDuration(options.lead), "how far ahead the floor looks");
  rows += Row("Startup", FormatDuration(options.startup), "from the creation of a pod until it is ready");
  rows += Row("Capacity per replica", FormatSi(options.capacity_per_replica, 4), "at 100 % CPU, in the unit of demand");
  rows += Row("Replicas", fmt::format("{} to {}", options.min_replicas, options.max_replicas), "allowed to both");
  rows += Row("Scale-down window", FormatDuration(options.scale_down_window), "of the HPA");
  rows += Row("Warm-up", FormatDuration(options.warmup), "learned from, not judged");
  rows += Row("Model", result.model.empty() ? "–" : EscapeHtml(result.model), "in use at the end");
  rows += Row("Seasons", Seasons(result), "found in the history or given");
  rows += Row("Samples", FormatGrouped(static_cast<double>(result.samples)),
              fmt::format("{} more were ignored: late, negative or not finite",
                          FormatGrouped(static_cast<double>(result.ignored))));
  return ThreeColumns("Options used",
                      "<th scope=\"col\">Option</th><th scope=\"col\">Value</th><th scope=\"col\" "
                      "class=\"text\">Meaning</th>",
                      rows);
}

std::string HowToRead(const BacktestResult& result) {
  const std::string lead = FormatDuration(result.options.lead);
  return fmt::format(
      "<ul>\n"
      "<li><b>What was compared.</b> The recorded demand was replayed twice through a simulated HPA: once alone, once "
      "with a minimum of replicas (the floor) that the operator's own code set from the forecast. At each moment it "
      "knew the past only.</li>\n"
      "<li><b>Lost</b> is demand beyond what the ready replicas could serve at 100&nbsp;% CPU. In reality it would "
      "have "
      "been refused, queued or slow.</li>\n"
      "<li><b>The forecast</b> shown at a time was made {} before it. The band reaches up to the quantile that the "
      "floor "
      "was to cover for one moment; the floor itself plans for the highest demand of the whole lead.</li>\n"
      "<li><b>The floor</b> is a minimum only. Above it, the HPA decides as it does without one, so that a wrong "
      "forecast "
      "costs replicas but takes none away.</li>\n"
      "<li><b>Error</b> (WAPE) is the sum of the misses over the sum of demand. A useful forecast is below both “as "
      "now” and “a day ago”. <b>Coverage</b> should be near what was promised: far below loses demand, far above "
      "wastes replicas.</li>\n"
      "<li><b>Long plots</b> merge what falls into one column of pixels, and keep its lowest and highest values: no "
      "peak "
      "is lost. All times are UTC.</li>\n"
      "</ul>\n",
      lead);
}

std::string WhatIsNotKnown(const BacktestResult& result) {
  return fmt::format(
      "<ul>\n"
      "<li><b>The future.</b> The policies were compared on this history, and the recommended one was chosen in "
      "hindsight. On other weeks it will do somewhat worse than here.</li>\n"
      "<li><b>What was never recorded.</b> If the service was overloaded at the time, users gave up and the trace "
      "shows "
      "less than they wanted. The true losses are then larger.</li>\n"
      "<li><b>Retries and queues.</b> What is lost here does not come back a second later; in production some of it "
      "does.</li>\n"
      "<li><b>The real HPA.</b> It is simulated in steps of 15&nbsp;s, with exact metrics. The real one sees them late "
      "and averaged.</li>\n"
      "<li><b>Startup.</b> It is taken as {} for each pod. A missing node, a slow image pull or a cold cache makes it "
      "longer.</li>\n"
      "<li><b>Capacity.</b> Each replica is taken to serve {} at 100&nbsp;% CPU, whatever the mix of requests.</li>\n"
      "</ul>\n",
      FormatDuration(result.options.startup), FormatSi(result.options.capacity_per_replica, 4));
}

}  // namespace dso::sim
