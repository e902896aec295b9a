#include "sim/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sim/replay.h"
#include "sim/simulation.h"

namespace dso::sim {
namespace {

constexpr double kBaselineTarget = 0.7;
constexpr std::array kHpaTargets{0.6, 0.7, 0.8, 0.9};
constexpr std::array kFloorTargets{0.75, 0.9, 1.0};
constexpr std::array kQuantiles{0.5, 0.8, 0.9, 0.95, 0.99};
// What a recommended policy may lose, as a part of what the baseline loses.
constexpr double kAcceptableLoss = 1.0 / 3;
// Of all demand: less is rounding, or a moment at the start.
constexpr double kNothing = 1e-6;

std::vector<double> WithOwn(std::span<const double> grid, double own) {
  std::vector<double> values(grid.begin(), grid.end());
  const auto is_own = [own](double value) { return std::abs(value - own) < 1e-9; };
  if (std::none_of(values.begin(), values.end(), is_own)) values.push_back(own);
  std::sort(values.begin(), values.end());
  return values;
}

// Simulates policies of one trace, and judges them as a whole and in halves.
class Arena {
 public:
  Arena(const Trace& trace, const BacktestOptions& options) : trace_(trace), options_(options) {
    const WallTime from = trace.samples.front().at + options.warmup;
    const WallTime to = trace.samples.back().at + milliseconds(1);
    const WallTime middle = from + (to - from) / 2;
    periods_ = {Period{from, to}, Period{from, middle}, Period{middle, to}};
  }

  Candidate Judge(const Policy& policy, const std::vector<FloorChange>& floor) const {
    const HpaOptions hpa = HpaOptionsFor(options_, policy.hpa_target);
    const Simulation simulation = Simulate(trace_, hpa, options_.min_replicas, floor, periods_);
    return {.whole = {.policy = policy, .with_floor = !floor.empty(), .service = simulation.services[0]},
            .first_half = simulation.services[1],
            .second_half = simulation.services[2]};
  }

 private:
  const Trace& trace_;
  const BacktestOptions& options_;
  std::array<Period, 3> periods_;
};

bool LosesNothing(const Service& service) { return service.lost_share < kNothing; }

bool LosesAcceptably(const Service& service, const Service& baseline) {
  return LosesNothing(service) || RelativeLoss(service, baseline) <= kAcceptableLoss;
}

bool LosesNoMore(const Service& service, const Service& baseline) {
  return LosesNothing(service) || RelativeLoss(service, baseline) <= 1;
}

bool IsBaseline(const Candidate& candidate) {
  return !candidate.whole.with_floor && candidate.whole.policy.hpa_target == kBaselineTarget;
}

std::string PolicyText(const FrontierPoint& point) {
  const std::string hpa = fmt::format("HPA target {:.0f} %", 100 * point.policy.hpa_target);
  if (!point.with_floor) return hpa + " without a floor";
  return fmt::format("{}, floor target {:.3g} %, quantile {:.4g}", hpa, 100 * point.policy.floor_target,
                     point.policy.quantile);
}

std::string CostText(double relative) {
  const double percent = 100 * (relative - 1);
  if (std::abs(percent) < 0.5) return "the same replica-hours";
  return fmt::format("{:.0f} % {} replica-hours", std::abs(percent), percent < 0 ? "fewer" : "more");
}

std::string LossText(const Service& service, const Service& baseline) {
  if (LosesNothing(service)) return LosesNothing(baseline) ? "with nothing lost either way" : "with nothing lost";
  if (LosesNothing(baseline)) {
    return fmt::format("with {:.2g} % of the demand lost, where that HPA loses nothing", 100 * service.lost_share);
  }
  const double relative = RelativeLoss(service, baseline);
  if (relative < 1) return fmt::format("at {:.0f} % of the loss", 100 * relative);
  return fmt::format("at {:.2g} times the loss", relative);
}

}  // namespace

double RelativeCost(const Service& service, const Service& baseline) {
  return baseline.replica_hours > 0 ? service.replica_hours / baseline.replica_hours : 1;
}

double RelativeLoss(const Service& service, const Service& baseline) {
  if (LosesNothing(service)) return LosesNothing(baseline) ? 1 : 0;
  if (LosesNothing(baseline)) return std::numeric_limits<double>::infinity();
  return service.lost_share / baseline.lost_share;
}

std::vector<Candidate> EvaluatePolicies(const Trace& trace, const BacktestOptions& options, const Progress& progress) {
  const std::vector<double> hpa_targets = WithOwn(kHpaTargets, options.policy.hpa_target);
  const std::vector<double> floor_targets = WithOwn(kFloorTargets, options.policy.floor_target);
  const std::vector<double> quantiles = WithOwn(kQuantiles, options.policy.quantile);
  const Arena arena(trace, options);
  std::vector<Candidate> candidates;
  for (const double target : hpa_targets) candidates.push_back(arena.Judge({.hpa_target = target}, {}));
  for (size_t i = 0; i < quantiles.size(); ++i) {
    std::vector<FloorPlanner> planners;
    for (const double target : floor_targets) planners.emplace_back(options, target);
    ReplayTrace(trace, options, quantiles[i], planners, {});
    for (size_t k = 0; k < planners.size(); ++k) {
      for (const double target : hpa_targets) {
        const Policy policy{.hpa_target = target, .floor_target = floor_targets[k], .quantile = quantiles[i]};
        candidates.push_back(arena.Judge(policy, planners[k].changes()));
      }
    }
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(quantiles.size()));
  }
  const Service baseline = BaselineOf(candidates).whole.service;
  for (Candidate& candidate : candidates) {
    candidate.whole.relative_cost = RelativeCost(candidate.whole.service, baseline);
    candidate.whole.relative_loss = RelativeLoss(candidate.whole.service, baseline);
  }
  return candidates;
}

const Candidate& BaselineOf(const std::vector<Candidate>& candidates) {
  return *std::find_if(candidates.begin(), candidates.end(), IsBaseline);
}

const Candidate& Recommend(const std::vector<Candidate>& candidates) {
  const Service& baseline = BaselineOf(candidates).first_half;
  // In the order of preference: loses a third at most, loses no more, loses more; then the cheaper.
  const auto rank = [&baseline](const Candidate& candidate) {
    const Service& service = candidate.first_half;
    const int tier = LosesAcceptably(service, baseline) ? 0 : LosesNoMore(service, baseline) ? 1 : 2;
    return std::pair(tier, service.replica_hours);
  };
  const auto is_better = [&rank](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); };
  return *std::min_element(candidates.begin(), candidates.end(), is_better);
}

std::string RecommendationText(const Candidate& recommended, const Candidate& baseline) {
  const Service& service = recommended.second_half;
  const std::string policy = PolicyText(recommended.whole);
  const std::string effect = fmt::format("{} {}", CostText(RelativeCost(service, baseline.second_half)),
                                         LossText(service, baseline.second_half));
  if (IsBaseline(recommended)) return "Nothing that was tried does better on this trace than an HPA at 70 % alone.";
  if (!LosesAcceptably(recommended.first_half, baseline.first_half)) {
    return fmt::format(
        "{}: {}, relative to an HPA at 70 % alone. In the first half of what was judged no policy loses as little as a "
        "third of what that does, and this one is the cheapest that loses no more; its figures are those of the second "
        "half.",
        policy, effect);
  }
  std::string text = recommended.whole.with_floor ? "" : "A floor does not pay on this trace; take an ";
  text += fmt::format("{}: {}, relative to an HPA at 70 % alone", policy, effect);
  text += " (chosen on the first half of what was judged, measured on the second";
  if (!LosesAcceptably(service, baseline.second_half)) text += ", where it missed its aim of a third of the loss";
  return text + ").";
}

void AddFrontier(const Trace& trace, BacktestResult& result, const Progress& progress) {
  const std::vector<Candidate> candidates = EvaluatePolicies(trace, result.options, progress);
  for (const Candidate& candidate : candidates) result.frontier.push_back(candidate.whole);
  const Candidate& recommended = Recommend(candidates);
  result.recommended = recommended.whole;
  result.recommendation = RecommendationText(recommended, BaselineOf(candidates));
}

}  // namespace dso::sim
