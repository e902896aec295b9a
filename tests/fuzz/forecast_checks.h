// What holds for every forecaster, whatever it was given. A breach ends the program, which is how a fuzzer learns of
// it.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "forecast/forecaster.h"

namespace dso::fuzz {

inline void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

inline bool IsDemand(double value) { return std::isfinite(value) && value >= 0; }
inline bool IsShare(double value) { return value >= 0 && value <= 1 + 1e-9; }

inline void CheckForecasts(const forecast::Forecaster& forecaster, WallTime now, milliseconds window) {
  const bool ready = forecaster.status().ready;
  const auto peak = forecaster.PeakOver(now, window);
  const auto point = forecaster.ForecastAt(now);
  Check(peak.has_value() == ready && point.has_value() == ready, "forecasts are there when ready and only then");
  if (!ready) return;
  Check(IsDemand(peak->expected) && IsDemand(peak->quantile) && IsDemand(peak->slack), "the peak is finite and >= 0");
  Check(peak->expected <= peak->quantile, "the quantile of the peak is not below what is expected");
  Check(IsDemand(point->expected) && IsDemand(point->quantile), "the point is finite and >= 0");
  Check(point->expected <= point->quantile, "the quantile of the point is not below what is expected");
}

inline void CheckStatus(const forecast::Forecaster& forecaster) {
  const forecast::Forecaster::Status status = forecaster.status();
  Check(status.ready != status.model.empty(), "there is a model exactly when ready");
  Check(status.ready || !status.reason.empty(), "there is a reason when not ready");
  Check(status.history >= milliseconds(0) && status.history_needed > milliseconds(0), "durations are not negative");
  Check(IsDemand(status.wape.value_or(0)), "the WAPE is finite and >= 0");
  Check(IsShare(status.coverage.value_or(0)) && IsShare(status.coverage_of_point.value_or(0)), "coverage is a share");
  double sum = 0;
  for (const auto& model : forecaster.Models()) {
    Check(IsShare(model.weight) && IsDemand(model.wape) && !model.name.empty(), "scores of models are sane");
    sum += model.weight;
  }
  Check(std::abs(sum - 1) < 1e-6, "weights add up to 1");
  Check(forecaster.MemoryBytes() < 256 * 1024, "memory is bounded");
}

}  // namespace dso::fuzz
