#include "cli/braille_canvas.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace dso::cli {
namespace {

// U+2800 and bits: https://www.unicode.org/charts/PDF/U2800.pdf
constexpr std::array<std::array<uint8_t, 2>, 4> kBits{{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};

std::string BrailleOf(uint8_t dots) {
  return {'\xE2', static_cast<char>(0xA0 | (dots >> 6)), static_cast<char>(0x80 | (dots & 0x3F))};
}

}  // namespace

BrailleCanvas::BrailleCanvas(int columns, int rows)
    : columns_(columns), rows_(rows), cells_(static_cast<size_t>(columns * rows)) {}

BrailleCanvas::Cell* BrailleCanvas::Claim(int column, int row, int layer, Style style) {
  if (column < 0 || row < 0 || column >= columns_ || row >= rows_) return nullptr;
  Cell& cell = cells_[static_cast<size_t>(row * columns_ + column)];
  if (layer < cell.layer) return nullptr;
  if (layer > cell.layer) cell = {.dots = 0, .glyph = {}, .layer = layer, .style = style};
  return &cell;
}

void BrailleCanvas::Dot(int x, int y, int layer, Style style) {
  if (x < 0 || y < 0) return;
  if (Cell* cell = Claim(x / 2, y / 4, layer, style)) {
    cell->dots |= kBits[static_cast<size_t>(y % 4)][static_cast<size_t>(x % 2)];
  }
}

void BrailleCanvas::Line(int x0, int y0, int x1, int y1, int layer, Style style, int every) {
  const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
  for (int i = 0; i <= steps; ++i) {
    const int x = x0 + (x1 - x0) * i / steps;
    const int y = y0 + (y1 - y0) * i / steps;
    if ((std::abs(x1 - x0) >= std::abs(y1 - y0) ? x : y) % every == 0) Dot(x, y, layer, style);
  }
}

void BrailleCanvas::Glyph(int column, int row, std::string glyph, int layer, Style style) {
  if (Cell* cell = Claim(column, row, layer, style)) cell->glyph = std::move(glyph);
}

std::string BrailleCanvas::Row(int row, const View& view) const {
  std::string text;
  std::string run;  // of one style
  Style style = Style::kPlain;
  for (int column = 0; column < columns_; ++column) {
    const Cell& cell = cells_[static_cast<size_t>(row * columns_ + column)];
    const bool empty = cell.glyph.empty() && cell.dots == 0;
    if (!empty && cell.style != style) {
      text += Paint(view, style, run);
      run.clear();
      style = cell.style;
    }
    run += empty ? " " : cell.glyph.empty() ? BrailleOf(cell.dots) : cell.glyph;
  }
  run.erase(run.find_last_not_of(' ') + 1);
  return text + Paint(view, style, run);
}

}  // namespace dso::cli
