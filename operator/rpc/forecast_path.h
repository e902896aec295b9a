// A forecast of one service as a path, and what is asked for. Plain values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace dso::rpc {

inline constexpr size_t kMostPathPoints = 1000;
inline constexpr size_t kMostQuantiles = 16;
inline constexpr milliseconds kLongestHorizon = std::chrono::days(7);

struct PathQuery {
  milliseconds horizon{0};          // 0: the service's lead
  milliseconds step{0};             // 0: the horizon in about 120 steps, none shorter than a minute
  std::vector<double> quantiles{};  // each in (0, 1), ascending; empty: the service's own
};

struct PathPoint {
  WallTime at{};
  double expected = 0;           // the median, in the unit of demand
  std::vector<double> values{};  // one for each quantile, ascending
};

struct ForecastPath {
  std::string unit{};
  std::string model{};
  WallTime issued_at{};
  std::optional<WallTime> newest_sample_at{};
  milliseconds lead{0};
  std::vector<double> quantiles{};
  std::vector<PathPoint> points{};
  // Of forecasts at the lead; absent until some have come true.
  std::optional<double> error_ratio{};     // WAPE
  std::optional<double> coverage_ratio{};  // of the maximum over the lead
  double coverage_target_ratio = 0;
};

// The step that a path is made in: the one that was asked for, or the default. Precondition: horizon > 0.
milliseconds StepOf(milliseconds horizon, milliseconds asked);

// Answers on the loop thread. kNotFound: no such service; kUnavailable: it has no forecast, and why.
using ForecastSource = std::function<Result<ForecastPath>(const std::string& ns, const std::string& name, PathQuery)>;

}  // namespace dso::rpc
