// Finds room for labels beside the points of a plot. Not thread-safe.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sim/svg_path.h"

namespace dso::sim {

struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

struct PlacedLabel {
  double x = 0;  // of the text's anchor, on its base line
  double y = 0;
  std::string_view anchor;  // "start" or "end"
  Point leader_end;         // where a line from the point to the label ends
};

class LabelPlacer {
 public:
  // Labels stay within `plot`, in pixels.
  explicit LabelPlacer(const Box& plot) : plot_(plot) {}

  // What labels must not cover.
  void Avoid(const Box& box) { taken_.push_back(box); }
  void AvoidLine(const Point& from, const Point& to);

  // The nearest free place beside `point`. Where there is none: nothing, or the place that covers least if `needed`.
  std::optional<PlacedLabel> Place(const Point& point, std::string_view text, bool needed);

 private:
  double Covered(const Box& box) const;  // area, in square pixels
  bool IsInside(const Box& box) const;

  Box plot_;
  std::vector<Box> taken_;
};

}  // namespace dso::sim
