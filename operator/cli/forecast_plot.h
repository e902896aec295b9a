// A forecast as a picture of characters: the expected demand, the band of its quantiles, the present, the lead, and
// what the replicas of the floor carry. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/view.h"

namespace dso::cli {

struct ForecastPlot {
  struct Point {
    WallTime at;
    double expected = 0;
    double low = 0;  // of the band, at most `high`
    double high = 0;
  };
  struct Level {
    double value = 0;
    std::string label;
  };

  WallTime from;                // the present, at the left edge
  std::vector<Point> points{};  // ascending in time; those that are not finite are left out
  std::string unit{};           // of all values
  std::string band{};           // what it is, for the legend: "q0.5 to q0.9"
  std::optional<milliseconds> lead{};
  std::optional<Level> capacity{};  // drawn if it is at most four times the highest point, else told in the legend
  std::optional<double> demand{};   // of the present
};

// As wide as the view, but between 40 and 200 columns, and about a fifth as high, at most 24 rows and those of axis and
// legend. Lines that end with a newline.
std::string PlotText(const ForecastPlot& plot, const View& view);

}  // namespace dso::cli
