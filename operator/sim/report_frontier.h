// What other policies would have cost and lost: the plot, and the table of the best.
// Pure and thread-safe.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/backtest.h"

namespace dso::sim {

// The indices of the points that no other one beats (as cheap and loses less, or cheaper and loses as little), by
// ascending cost. Points whose quotients are not finite are left out; of equal ones the first counts.
std::vector<size_t> ParetoBest(std::span<const FrontierPoint> points);

// "HPA 70 %, floor 60 %, q 0.90", or "HPA 70 % alone".
std::string PolicyName(const Policy& policy, bool with_floor);

// The HTML of the section's contents: plot, legend and table, or a sentence where there is nothing to plot.
std::string FrontierSection(const BacktestResult& result);

}  // namespace dso::sim
