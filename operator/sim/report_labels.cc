#include "sim/report_labels.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dso::sim {
namespace {

// Of 13-pixel sans-serif text, on the wide side: there is no font to ask.
constexpr double kCharacterWidth = 7;
constexpr double kHeight = 16;
constexpr double kDescent = 4;

double Overlap(const Box& a, const Box& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

// Bytes that begin a character of UTF-8.
double WidthOf(std::string_view text) {
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
  return kCharacterWidth * static_cast<double>(characters);
}

}  // namespace

void LabelPlacer::AvoidLine(const Point& from, const Point& to) {
  constexpr double kSpacing = 4;
  const double length = std::hypot(to.x - from.x, to.y - from.y);
  for (double along = 0; along < length; along += kSpacing) {
    const double x = from.x + (to.x - from.x) * along / length;
    const double y = from.y + (to.y - from.y) * along / length;
    Avoid({x - 1, y - 1, x + 1, y + 1});
  }
}

double LabelPlacer::Covered(const Box& box) const {
  double covered = 0;
  for (const Box& taken : taken_) covered += Overlap(box, taken);
  return covered;
}

bool LabelPlacer::IsInside(const Box& box) const {
  return box.left >= plot_.left && box.right <= plot_.right && box.top >= plot_.top && box.bottom <= plot_.bottom;
}

std::optional<PlacedLabel> LabelPlacer::Place(const Point& point, std::string_view text, bool needed) {
  const double width = WidthOf(text);
  std::optional<Box> best;
  bool best_is_right = true;
  double least = needed ? std::numeric_limits<double>::infinity() : 1e-9;
  const double farthest = needed ? 120 : 21;
  for (double away = 0; away <= farthest && !(best && least <= 0); away += 7) {
    for (const double dy : {-away, away}) {
      for (const bool right : {true, false}) {
        const double dx = needed ? 16 : 9;
        const double left = right ? point.x + dx : point.x - dx - width;
        const Box box{left, point.y + dy - kHeight / 2, left + width, point.y + dy + kHeight / 2};
        if (!IsInside(box)) continue;
        const double covered = Covered(box);
        if (covered >= least) continue;
        least = covered;
        best = box;
        best_is_right = right;
      }
    }
  }
  if (!best) return std::nullopt;
  taken_.push_back(*best);
  PlacedLabel label;
  label.x = best_is_right ? best->left : best->right;
  label.y = best->bottom - kDescent;
  label.anchor = best_is_right ? "start" : "end";
  label.leader_end = {best_is_right ? label.x - 3 : label.x + 3, (best->top + best->bottom) / 2};
  return label;
}

}  // namespace dso::sim
