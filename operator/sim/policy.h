// Which policy would have been best for a trace: HPA targets × floor targets × quantiles, and the HPAs alone, each by
// the same replay and simulation, relative to an HPA at 70 % alone.
//
// A policy that is chosen in hindsight looks better than it is, so the recommendation is chosen on the first half of
// what is judged, and its figures are those of the second. Pure and deterministic; not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "sim/backtest.h"
#include "sim/trace.h"

namespace dso::sim {

// A policy and its service in the two halves of what is judged.
struct Candidate {
  FrontierPoint whole;
  Service first_half;
  Service second_half;
};

// All policies of the grid and the policy of `options`, those without a floor first. `options.lead` must be set.
// Precondition: Validate(trace, options). Takes as long as a handful of backtests.
std::vector<Candidate> EvaluatePolicies(const Trace& trace, const BacktestOptions& options, const Progress& progress);

// The replica-hours and the loss of `service` as quotients of those of `baseline`. A loss where the baseline loses
// nothing is infinite, none where it loses nothing is 1.
double RelativeCost(const Service& service, const Service& baseline);
double RelativeLoss(const Service& service, const Service& baseline);

// The HPA at 70 % alone, which is part of every grid.
const Candidate& BaselineOf(const std::vector<Candidate>& candidates);

// Of the first half: the cheapest policy that loses at most a third of the baseline, or nothing where that loses
// nothing; if there is none, the cheapest that loses no more than the baseline.
const Candidate& Recommend(const std::vector<Candidate>& candidates);

// What is recommended, for people, with what it did in the second half.
std::string RecommendationText(const Candidate& recommended, const Candidate& baseline);

// Fills in the frontier, the recommendation and its sentence.
void AddFrontier(const Trace& trace, BacktestResult& result, const Progress& progress = {});

}  // namespace dso::sim
