#include "cli/text_table.h"

#include <algorithm>
#include <utility>

namespace dso::cli {
namespace {

constexpr int kGap = 3;

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

void TextTable::Add(std::vector<Cell> row) {
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

std::string TextTable::Text(const View& view) const {
  std::vector<int> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    int width = DisplayWidth(columns_[i].heading);
    for (const std::vector<Cell>& row : rows_) width = std::max(width, DisplayWidth(row[i].text));
    widths.push_back(width);
  }

  std::string text;
  const auto add_line = [&](const auto& cell_of) {
    std::string line;
    int owed = 0;  // spaces, written before the next cell that is not empty
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Cell cell = cell_of(i);
      const int padding = widths[i] - DisplayWidth(cell.text);
      const bool right = columns_[i].align == Align::kRight;
      if (!cell.text.empty()) {
        line.append(static_cast<size_t>(owed + (right ? padding : 0)), ' ');
        line += Paint(view, cell.style, cell.text);
        owed = 0;
      }
      owed += kGap + (cell.text.empty() ? widths[i] : right ? 0 : padding);
    }
    text += line + "\n";
  };
  add_line([this](size_t i) { return Cell{columns_[i].heading, Style::kDim}; });
  for (const std::vector<Cell>& row : rows_) {
    add_line([&row](size_t i) { return row[i]; });
  }
  return text;
}

}  // namespace dso::cli
