// The result of a backtest as one page for the people who decide whether predictive scale-out is turned on.
#pragma once

#include <string>

#include "sim/backtest.h"

namespace dso::sim {

// A complete HTML 5 document in UTF-8 that refers to nothing outside of itself; below 2 MB however long the timeline is
// (frontiers of a few hundred points assumed). The same result gives the same bytes. Parts of the result that are empty
// become a sentence, values that are not finite become gaps. Pure and thread-safe. O(timeline + frontier²).
//
// Precondition: the timeline is in order of time, its demand within what forecast/series.h calls usable, or NaN.
std::string HtmlReport(const BacktestResult& result);

}  // namespace dso::sim
