// Columns under headings, as wide as their widest cell. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "cli/view.h"

namespace dso::cli {

class TextTable {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string heading;
    Align align = Align::kLeft;
  };
  struct Cell {
    std::string text;
    Style style = Style::kPlain;
  };

  explicit TextTable(std::vector<Column> columns);

  // One cell for each column.
  void Add(std::vector<Cell> row);

  // Lines that end with a newline; no spaces at their ends, and as wide as it takes.
  std::string Text(const View& view) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace dso::cli
