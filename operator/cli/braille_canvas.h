// A drawing of dots, two across and four down in each character of a terminal (Unicode's braille patterns). A character
// has one style, so a layer that lies higher takes the whole character: a line stays readable upon a filled band.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/view.h"

namespace dso::cli {

class BrailleCanvas {
 public:
  // In characters, each at least 1.
  BrailleCanvas(int columns, int rows);

  int dots_across() const { return 2 * columns_; }
  int dots_down() const { return 4 * rows_; }

  // From the left and from the top; what is outside is not drawn. A higher `layer` hides what lies below it.
  void Dot(int x, int y, int layer, Style style);
  // A dot in each column or row of dots between the two, whichever are more; of those only every `every`th.
  void Line(int x0, int y0, int x1, int y1, int layer, Style style, int every = 1);
  // A character of its own in the place of dots. By characters, from the left and from the top.
  void Glyph(int column, int row, std::string glyph, int layer, Style style);

  // Without spaces at its end.
  std::string Row(int row, const View& view) const;

 private:
  struct Cell {
    uint8_t dots = 0;
    std::string glyph{};  // wins over the dots
    int layer = -1;
    Style style = Style::kPlain;
  };

  // The cell if this layer may draw there, emptied if it lies higher than what was there.
  Cell* Claim(int column, int row, int layer, Style style);

  int columns_;
  int rows_;
  std::vector<Cell> cells_;
};

}  // namespace dso::cli
