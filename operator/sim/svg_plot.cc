#include "sim/svg_plot.h"

#include <fmt/format.h>

#include "sim/report_format.h"
#include "sim/svg_path.h"

namespace dso::sim {
namespace {

using std::chrono::days;

WallTime TimeOf(double milliseconds_since_epoch) {
  return WallTime(milliseconds(static_cast<int64_t>(milliseconds_since_epoch)));
}

double MillisecondsOf(WallTime at) { return static_cast<double>(at.time_since_epoch().count()); }

}  // namespace

Plot::Plot(double height, std::string_view description) : height_(height), description_(EscapeHtml(description)) {}

void Plot::YTick(double y, std::string_view label) {
  body_ += fmt::format("<path class=\"grid\" d=\"M{} {}H{}\"/>", Pixels(kLeft), Pixels(y), Pixels(kRight));
  Text(kLeft - 8, y + 4, "tick", "end", label);
}

void Plot::XTick(double x, std::string_view label) {
  body_ += fmt::format("<path class=\"axis\" d=\"M{} {}v6\"/>", Pixels(x), Pixels(bottom()));
  Text(x, bottom() + 20, "tick", "middle", label);
}

void Plot::YTitle(std::string_view title) { Text(kLeft, kTop - 14, "axis-title", "start", title); }

void Plot::XTitle(std::string_view title) { Text(kRight, bottom() + 40, "axis-title", "end", title); }

void Plot::TimeAxis(const Scale& scale) {
  const WallTime from = TimeOf(scale.low());
  const WallTime to = TimeOf(scale.high());
  if (to - from < days(200)) {
    std::string midnights;
    for (WallTime at = std::chrono::ceil<days>(from); at <= to; at += days(1)) {
      midnights += fmt::format("M{} {}v3", Pixels(scale(MillisecondsOf(at))), Pixels(bottom()));
    }
    Path("axis", midnights);
  }
  for (const TimeTick& tick : TimeTicks(from, to, 12)) {
    const double x = scale(MillisecondsOf(tick.at));
    body_ += fmt::format("<path class=\"grid\" d=\"M{} {}V{}\"/>", Pixels(x), Pixels(kTop), Pixels(bottom()));
    XTick(x, tick.label);
  }
  Path("axis", fmt::format("M{} {}H{}", Pixels(kLeft), Pixels(bottom()), Pixels(kRight)));
  XTitle("UTC");
}

void Plot::Path(std::string_view css_class, const std::string& data) {
  if (data.empty()) return;
  body_ += fmt::format("<path class=\"{}\" d=\"{}\"/>", css_class, data);
}

void Plot::Text(double x, double y, std::string_view css_class, std::string_view anchor, std::string_view text) {
  body_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\" text-anchor=\"{}\">{}</text>", Pixels(x), Pixels(y),
                       css_class, anchor, EscapeHtml(text));
}

std::string Plot::Finish(std::string_view attributes) const {
  return fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\"{}{}>{}</svg>\n", Pixels(kWidth),
                     Pixels(height_), description_, attributes.empty() ? "" : " ", attributes, body_);
}

}  // namespace dso::sim
