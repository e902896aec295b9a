#include "sim/report_frontier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <tuple>

#include "sim/report_format.h"
#include "sim/report_labels.h"
#include "sim/svg_path.h"
#include "sim/svg_plot.h"

namespace dso::sim {
namespace {

constexpr double kHeight = 460;

bool IsFinite(const FrontierPoint& point) {
  return std::isfinite(point.relative_cost) && std::isfinite(point.relative_loss);
}

bool SamePolicy(const FrontierPoint& a, const FrontierPoint& b) {
  return a.with_floor == b.with_floor && a.policy == b.policy;
}

bool IsIn(std::span<const FrontierPoint> points, const FrontierPoint& point) {
  return std::any_of(points.begin(), points.end(), [&](const FrontierPoint& p) { return SamePolicy(p, point); });
}

// Where the policy of the options lies; nothing if it was not among those that were tried.
std::optional<FrontierPoint> Yours(const BacktestResult& result) {
  for (const FrontierPoint& point : result.frontier) {
    if (point.with_floor && point.policy == result.options.policy && IsFinite(point)) return point;
  }
  return std::nullopt;
}

// The finite points of one kind, by ascending cost.
std::vector<FrontierPoint> ByCost(std::span<const FrontierPoint> points, bool with_floor) {
  std::vector<FrontierPoint> chosen;
  for (const FrontierPoint& point : points) {
    if (point.with_floor == with_floor && IsFinite(point)) chosen.push_back(point);
  }
  std::stable_sort(chosen.begin(), chosen.end(),
                   [](const FrontierPoint& a, const FrontierPoint& b) { return a.relative_cost < b.relative_cost; });
  return chosen;
}

std::string Tooltip(const FrontierPoint& point) {
  return fmt::format("{}: replica-hours {}, lost demand {} of the HPA at 70 % alone",
                     PolicyName(point.policy, point.with_floor), FormatPercent(point.relative_cost),
                     FormatPercent(point.relative_loss));
}

// The drawing, one kind of marks after the other.
class FrontierPlot {
 public:
  explicit FrontierPlot(std::span<const FrontierPoint> finite)
      : plot_(kHeight,
              "Scatter plot of policies: replica-hours against lost demand, both relative to the HPA at 70 % alone"),
        x_(XScale(finite)),
        y_(YScale(finite, plot_.bottom())),
        labels_({Plot::kLeft, Plot::kTop, Plot::kRight + 30, plot_.bottom()}) {
    plot_.YAxis(y_, SquareRootTicks(y_, 24), "Lost demand, relative to the HPA at 70 % alone (square-root scale)",
                FormatPercent);
    plot_.XAxis(x_, NiceTicks(x_.low(), x_.high(), 10), "Replica-hours, relative to the HPA at 70 % alone",
                FormatPercent);
    plot_.Path("axis", fmt::format("M{} {}H{}", Pixels(Plot::kLeft), Pixels(plot_.bottom()), Pixels(Plot::kRight)));
  }

  void Line(std::string_view css_class, std::span<const FrontierPoint> points) {
    Polyline run;
    for (const FrontierPoint& point : points) run.push_back(At(point));
    if (run.size() < 2) return;
    plot_.Path(css_class, LinePath({run}));
    for (size_t i = 1; i < run.size(); ++i) labels_.AvoidLine(run[i - 1], run[i]);
  }

  void Mark(std::string_view css_class, const FrontierPoint& point, double radius) {
    const Point at = At(point);
    plot_.Add(fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"><title>{}</title></circle>", css_class,
                          Pixels(at.x), Pixels(at.y), Pixels(radius), EscapeHtml(Tooltip(point))));
    labels_.Avoid({at.x - radius, at.y - radius, at.x + radius, at.y + radius});
  }

  void Square(const FrontierPoint& point) {
    const Point at = At(point);
    plot_.Add(
        fmt::format("<rect class=\"mark-alone\" x=\"{}\" y=\"{}\" width=\"9\" height=\"9\"><title>{}</title></rect>",
                    Pixels(at.x - 4.5), Pixels(at.y - 4.5), EscapeHtml(Tooltip(point))));
    labels_.Avoid({at.x - 4.5, at.y - 4.5, at.x + 4.5, at.y + 4.5});
  }

  // The more important ones first: a label that finds no room is left out unless it is `needed`.
  void Label(std::string_view css_class, const FrontierPoint& point, const std::string& text, bool needed) {
    const std::optional<PlacedLabel> label = labels_.Place(At(point), text, needed);
    if (!label) return;
    if (needed) plot_.Path("leader", LinePath({{At(point), label->leader_end}}));
    plot_.Text(label->x, label->y, css_class, label->anchor, text);
  }

  std::string Finish() const { return plot_.Finish(); }

 private:
  static Scale XScale(std::span<const FrontierPoint> points) {
    double low = 1;
    double high = 1;
    for (const FrontierPoint& point : points) {
      low = std::min(low, point.relative_cost);
      high = std::max(high, point.relative_cost);
    }
    const double margin = std::max(0.02, (high - low) * 0.05);
    return {std::max(0.0, low - margin), high + margin, Plot::kLeft, Plot::kRight};
  }
  static Scale YScale(std::span<const FrontierPoint> points, double bottom) {
    double high = 1;
    for (const FrontierPoint& point : points) high = std::max(high, point.relative_loss);
    return {0, high * 1.06, bottom, Plot::kTop, Scale::Kind::kSquareRoot};
  }
  Point At(const FrontierPoint& point) const { return {x_(point.relative_cost), y_(point.relative_loss)}; }

  Plot plot_;
  Scale x_;
  Scale y_;
  LabelPlacer labels_;
};

std::string Drawing(const BacktestResult& result, const std::optional<FrontierPoint>& yours) {
  const std::vector<FrontierPoint> floors = ByCost(result.frontier, true);
  const std::vector<FrontierPoint> alone = ByCost(result.frontier, false);
  std::vector<FrontierPoint> best;
  for (const size_t i : ParetoBest(floors)) best.push_back(floors[i]);
  std::vector<FrontierPoint> all = floors;
  all.insert(all.end(), alone.begin(), alone.end());

  FrontierPlot plot(all);
  plot.Line("line alone", alone);
  plot.Line("line with", best);
  for (const FrontierPoint& point : floors) plot.Mark(IsIn(best, point) ? "mark-best" : "mark-other", point, 3.5);
  for (const FrontierPoint& point : alone) plot.Square(point);
  const bool recommended = IsIn(all, result.recommended);
  const bool yours_is_recommended = recommended && yours && SamePolicy(*yours, result.recommended);
  if (yours) plot.Mark("ring-yours", *yours, 7);
  if (recommended) plot.Mark("ring-recommended", result.recommended, 10);
  // The policies themselves are in the tooltip and in the table: long labels find no room.
  if (recommended) {
    plot.Label("label strong", result.recommended, yours_is_recommended ? "Recommended, and yours" : "Recommended",
               true);
  }
  if (yours && !yours_is_recommended) plot.Label("label strong", *yours, "Yours", true);
  for (const FrontierPoint& point : alone) {
    plot.Label("label alone", point, fmt::format("HPA {} alone", FormatPercent(point.policy.hpa_target)), false);
  }
  for (const FrontierPoint& point : best)
    plot.Label("label with", point, fmt::format("q {:.4g}", point.policy.quantile), false);
  return plot.Finish();
}

std::string TableRow(const BacktestResult& result, const FrontierPoint& point,
                     const std::optional<FrontierPoint>& yours) {
  std::string note;
  if (IsIn(result.frontier, result.recommended) && SamePolicy(point, result.recommended)) note = "recommended";
  if (yours && SamePolicy(point, *yours)) note += note.empty() ? "yours" : ", yours";
  const Policy& policy = point.policy;
  return fmt::format(
      "<tr{}><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
      "<td>{}</td></tr>\n",
      note.empty() ? "" : " class=\"chosen\"", FormatPercent(policy.hpa_target),
      point.with_floor ? FormatPercent(policy.floor_target) : "no floor",
      point.with_floor ? fmt::format("{:.4g}", policy.quantile) : "–", FormatPercent(point.relative_cost),
      FormatPercent(point.relative_loss), FormatPercent(point.service.lost_share),
      FormatGrouped(point.service.replica_hours), FormatDuration(point.service.worst_busy), note);
}

std::string Table(const BacktestResult& result, const std::optional<FrontierPoint>& yours) {
  const std::vector<size_t> best = ParetoBest(result.frontier);
  std::string rows;
  for (const size_t i : best) rows += TableRow(result, result.frontier[i], yours);
  std::string others;
  const auto append_other = [&](const FrontierPoint& point) {
    const bool listed =
        std::any_of(best.begin(), best.end(), [&](size_t i) { return SamePolicy(result.frontier[i], point); });
    if (!listed) others += TableRow(result, point, yours);
  };
  if (yours) append_other(*yours);
  const bool both_are_one = yours && SamePolicy(*yours, result.recommended);
  if (IsIn(result.frontier, result.recommended) && !both_are_one) append_other(result.recommended);
  if (!others.empty()) {
    rows +=
        "<tr class=\"divider\"><th colspan=\"9\" scope=\"rowgroup\">For comparison, not among the best</th></tr>\n" +
        others;
  }
  return "<div class=\"scroll\"><table><caption>The best policies: no other one tried is cheaper without losing "
         "more</caption>\n<thead><tr><th scope=\"col\">HPA target</th><th scope=\"col\">Floor target</th>"
         "<th scope=\"col\">Quantile</th><th scope=\"col\">Relative cost</th><th scope=\"col\">Relative loss</th>"
         "<th scope=\"col\">Demand lost</th><th scope=\"col\">Replica-hours</th><th scope=\"col\">Worst busy time</th>"
         "<th scope=\"col\"><span class=\"sr\">Note</span></th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></div>\n";
}

}  // namespace

std::vector<size_t> ParetoBest(std::span<const FrontierPoint> points) {
  std::vector<size_t> order;
  for (size_t i = 0; i < points.size(); ++i) {
    if (IsFinite(points[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::tie(points[a].relative_cost, points[a].relative_loss) <
           std::tie(points[b].relative_cost, points[b].relative_loss);
  });
  std::vector<size_t> best;
  for (const size_t i : order) {
    if (best.empty() || points[i].relative_loss < points[best.back()].relative_loss) best.push_back(i);
  }
  return best;
}

std::string PolicyName(const Policy& policy, bool with_floor) {
  if (!with_floor) return fmt::format("HPA {} alone", FormatPercent(policy.hpa_target));
  return fmt::format("HPA {}, floor {}, q {:.4g}", FormatPercent(policy.hpa_target), FormatPercent(policy.floor_target),
                     policy.quantile);
}

std::string FrontierSection(const BacktestResult& result) {
  if (std::none_of(result.frontier.begin(), result.frontier.end(), IsFinite)) {
    return "<p class=\"empty\">No other policies were tried, so there is no frontier to show.</p>\n";
  }
  const std::optional<FrontierPoint> yours = Yours(result);
  std::string html =
      "<p>Each point is one policy, replayed over the same history. Down is less lost, left is cheaper: the best "
      "ones lie towards the lower left. The reference, at 100&nbsp;% both ways, is the HPA at 70&nbsp;% "
      "utilisation without a floor.</p>\n"
      "<figure>\n<figcaption class=\"legend\">"
      "<span><i class=\"key-dot best\"></i>with a floor, the best</span>"
      "<span><i class=\"key-dot other\"></i>with a floor, beaten by another</span>"
      "<span><i class=\"key-square\"></i>the HPA alone, by its target</span>"
      "<span><i class=\"key-ring yours\"></i>yours</span>"
      "<span><i class=\"key-ring recommended\"></i>recommended</span></figcaption>\n" +
      Drawing(result, yours) + "</figure>\n";
  if (!yours) html += "<p class=\"note\">Your own policy is not among those that were tried.</p>\n";
  return html + Table(result, yours);
}

}  // namespace dso::sim
