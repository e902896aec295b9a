// The frame of one plot: an <svg> with axes, ticks and grid, into which marks are put in the order of painting.
// Colours come from CSS classes of the page (report_style.h). Not thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sim/svg_scale.h"

namespace dso::sim {

class Plot {
 public:
  // In pixels of the drawing, which the page scales to its width.
  static constexpr double kWidth = 1040;
  static constexpr double kLeft = 56;
  static constexpr double kRight = kWidth - 42;  // half a label of the x axis fits beside it
  static constexpr double kTop = 30;             // the title of the y axis stands above
  static constexpr double kBelow = 44;

  // `description` is what a screen reader says instead of the picture; `height` includes the axes.
  Plot(double height, std::string_view description);

  double bottom() const { return height_ - kBelow; }

  // `label(tick)` is a callable, its result is plain text.
  template <typename Label>
  void YAxis(const Scale& scale, std::span<const double> ticks, std::string_view title, Label label) {
    for (const double tick : ticks) YTick(scale(tick), label(tick));
    YTitle(title);
  }
  template <typename Label>
  void XAxis(const Scale& scale, std::span<const double> ticks, std::string_view title, Label label) {
    for (const double tick : ticks) XTick(scale(tick), label(tick));
    XTitle(title);
  }
  // Of a scale in milliseconds since the epoch; with a small tick at each midnight where there is room for it.
  void TimeAxis(const Scale& scale);

  void Path(std::string_view css_class, const std::string& data);
  // `anchor`: start, middle or end.
  void Text(double x, double y, std::string_view css_class, std::string_view anchor, std::string_view text);
  void Add(std::string_view svg) { body_ += svg; }

  // `attributes` are added to the <svg>.
  std::string Finish(std::string_view attributes = "") const;

 private:
  void YTick(double y, std::string_view label);
  void XTick(double x, std::string_view label);
  void YTitle(std::string_view title);
  void XTitle(std::string_view title);

  double height_;
  std::string description_;
  std::string body_;
};

}  // namespace dso::sim
