// The CSV files that a backtest writes. Times are ISO 8601 in UTC, with milliseconds only where there are some. Pure.
#pragma once

#include <string>
#include <vector>

#include "sim/backtest.h"

namespace dso::cli {

// timestamp,replicas
std::string FloorCsv(const std::vector<sim::FloorChange>& floor);
// issued,target,expected,quantile
std::string ForecastCsv(const std::vector<sim::IssuedForecast>& forecasts);

// "2026-12-01T09:00:00Z", "2026-12-01T09:00:00.250Z"
std::string ExactTime(WallTime time);

}  // namespace dso::cli
