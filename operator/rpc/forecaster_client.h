// An external forecaster as the controller sees it: proto/deepseek/forecaster/v1/forecaster.proto in plain values.
// Loop thread only. Tests have a fake of it (tests/rpc/fake_forecaster.h); both pass the same contract tests.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "base/time.h"

namespace dso::rpc {

struct ForecastSeries {
  std::string namespace_name;
  std::string service;
  std::string unit;  // of all values
};

// On a regular grid.
struct ForecastSamples {
  WallTime start{};            // of the first value
  milliseconds step{1};        // > 0
  std::vector<double> values;  // >= 0; NaN where nothing is known
};

struct FitRequest {
  ForecastSeries series;
  ForecastSamples history;
  std::string time_zone;
  milliseconds horizon{0};
  std::vector<double> quantiles;  // each in (0, 1), ascending
};

struct PredictRequest {
  ForecastSeries series;
  ForecastSamples recent;  // the last value is that of now
  milliseconds horizon{0};
  milliseconds step{0};  // of the path that is asked for
  std::vector<double> quantiles;

  WallTime now() const { return recent.start + recent.step * (static_cast<int64_t>(recent.values.size()) - 1); }
};

struct PredictedPoint {
  WallTime at{};
  double expected = 0;
  std::vector<double> quantiles;
};
struct Prediction {
  std::string model;  // for people; printable, at most 64 bytes
  std::vector<PredictedPoint> path;
};

class ForecasterClient {
 public:
  virtual ~ForecasterClient() = default;

  // The name of the model that has learned the history. Errors of both calls: kNotFound for a series that is not
  // fitted, kConflict for FAILED_PRECONDITION (it is being fitted, or has to be again), kUnavailable if it cannot be
  // reached, kDeadlineExceeded after `timeout`, kCancelled once a stop is requested, kInvalidArgument and
  // kResourceExhausted as it says, kUnauthenticated and kPermissionDenied, kInternal for all else. The message is of
  // the forecaster's own words at most 200 printable bytes.
  virtual Task<Result<std::string>> Fit(FitRequest request, milliseconds timeout, std::stop_token stop) = 0;

  // kInternal also for an answer that breaks the contract: forecaster_answer.h.
  virtual Task<Result<Prediction>> Predict(PredictRequest request, milliseconds timeout, std::stop_token stop) = 0;
};

}  // namespace dso::rpc
