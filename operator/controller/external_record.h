// What is remembered of the external forecaster that a service picks. Plain data; loop thread only.
#pragma once

#include <optional>
#include <string>

#include "api/spec.h"
#include "controller/external_series.h"
#include "controller/verdict.h"
#include "decide/external_forecast.h"

namespace dso::controller {

struct ExternalRecord {
  // What it is made for: with another one of these there is another record.
  std::string forecaster;
  api::DemandSpec demand;
  milliseconds lead{0};
  milliseconds period{0};  // from one question to the next

  ExternalSeries series;
  decide::ExternalJudge judge;

  // Of the spec as it is.
  double quantile = 0;
  std::string time_zone{};

  std::string model{};  // as it calls itself
  std::optional<decide::ExternalAnswer> answer{};
  std::optional<Verdict> problem{};  // why there is no newer answer

  // Asking.
  bool asking = false;
  std::optional<SteadyTime> asked_at{};  // Predict, or a Fit that failed
  bool wants_fit = true;
  std::optional<SteadyTime> fitted_at{};
  WallTime fitted_at_wall{};
  int fits_in_vain = 0;  // since it has last predicted
  SteadyTime next_fit_at{};
};

// What it says, for the decision and for those who want to know.
struct ExternalSay {
  std::string forecaster;
  std::string model;  // "" until it has answered
  bool heeded = false;
  Verdict verdict{};                 // why, or why not
  std::optional<double> expected{};  // of the maximum over the lead; absent while there is no answer
  std::optional<double> quantile{};
  std::optional<double> error_ratio{};     // WAPE at the lead; absent until a prediction has come true
  std::optional<double> coverage_ratio{};  // how often the maximum over the lead stayed below its quantile
};

}  // namespace dso::controller
