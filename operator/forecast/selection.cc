#include "forecast/selection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "forecast/seasons.h"

namespace dso::forecast {
namespace {

// Too few values choose by accident: another constant must be this much better than the one at hand, and a season must
// make a clear difference.
constexpr double kBetterConstant = 0.99;
constexpr double kBetterSeason = 0.97;

constexpr std::array kLevelGrid{0.01, 0.03, 0.1, 0.3, 0.6};  // besides 1, where the search starts
constexpr std::array kTrendGrid{0.03, 0.15};
constexpr std::array kSeasonGrid{0.03, 0.0, 0.1, 0.3};  // the first is where the search starts
// What is left of the residual at the lead (ρ^lead); independent of the length of a step, unlike ρ.
constexpr std::array kResidualGrid{0.0, 0.25, 0.5, 0.75, 0.9, 1.0};
// What is left of the trend after a lead (φ^lead).
constexpr double kTrendAtLead = 0.8;
constexpr double kHuberClip = 3;
// Steps that a pass runs ahead of the first error that counts: enough for the level and the scale to settle.
constexpr size_t kWarmUp = 512;

Smoothing FirstGuess(size_t seasons, size_t lead) {
  Smoothing constants;
  constants.damping = std::pow(kTrendAtLead, 1.0 / static_cast<double>(lead));
  constants.season.assign(seasons, kSeasonGrid.front());
  return constants;
}

// The search for the constants of one set of seasons, one constant after another (coordinate descent).
class Search {
 public:
  Search(const History& history, size_t lead, std::vector<size_t> periods, size_t train)
      : history_(history),
        lead_(lead),
        train_(train),
        periods_(std::move(periods)),
        start_(train > kWarmUp ? train - kWarmUp : 0),
        best_(FirstGuess(periods_.size(), lead)),
        filter_(MakeFilter(history_, train_, periods_, best_, start_)) {}

  void Run() {
    error_ = Try(best_);
    for (const double level : kLevelGrid) Vary([&](Smoothing& constants) { constants.level = level; });
    for (size_t i = 0; i < periods_.size(); ++i) {
      for (const double gain : kSeasonGrid) Vary([&](Smoothing& constants) { constants.season[i] = gain; });
    }
    Vary([&](Smoothing& constants) { constants.clip = kHuberClip; });
    for (const double trend : kTrendGrid) Vary([&](Smoothing& constants) { constants.trend = trend; });
  }

  double error() const { return error_; }
  Selection Result() const { return {periods_, best_, train_}; }

 private:
  template <typename Change>
  void Vary(Change change) {
    Smoothing constants = best_;
    change(constants);
    const double error = Try(constants);
    if (error >= kBetterConstant * error_) return;
    error_ = error;
    best_ = constants;
  }

  double Try(Smoothing& constants) const;

  History history_;
  size_t lead_;
  size_t train_;
  std::vector<size_t> periods_;
  size_t start_;  // where the passes start
  Smoothing best_;
  HoltWinters filter_;  // at start_, whatever its constants
  double error_ = 0;
};

// The sum of absolute errors at the lead. Also sets ρ: nothing else depends on it, so that one pass tries its whole
// grid. Powers are taken out of the loop, where they would cost more than all the rest.
double Search::Try(Smoothing& constants) const {
  HoltWinters filter = filter_.With(constants);
  std::array<double, kResidualGrid.size()> errors{};
  const double damped_lead = DampedSteps(constants.damping, static_cast<double>(lead_));
  const size_t n = history_.values.size();
  for (size_t i = start_; i + lead_ < n; ++i) {
    filter.Take(history_.values[i]);
    const double actual = history_.values[i + lead_];
    if (i < train_ || std::isnan(actual)) continue;
    HoltWinters::State state = filter.state();
    const double residual = std::exchange(state.residual, 0);
    const double trend = damped_lead * std::exchange(state.trend, 0);
    const double forecast = filter.Forecast(state, state.bucket + static_cast<Bucket>(lead_)) + trend;
    for (size_t k = 0; k < errors.size(); ++k) {
      errors[k] += std::abs(actual - std::max(forecast + kResidualGrid[k] * residual, 0.0));
    }
  }
  size_t best = 0;
  for (size_t k = 1; k < errors.size(); ++k) {
    if (errors[k] < kBetterConstant * errors[best]) best = k;
  }
  constants.residual = std::pow(kResidualGrid[best], 1.0 / static_cast<double>(lead_));
  return errors[best];
}

}  // namespace

Selection SelectModel(const History& history, size_t lead, const Candidates& candidates) {
  const size_t n = history.values.size();
  std::vector<size_t> usable;
  for (const size_t period : candidates.periods) {
    if (period <= n / 2) usable.push_back(period);
  }
  const size_t train = usable.empty() ? std::min(n / 2, 2 * lead) : n / 2;

  // Shortest season first; each longer set of seasons has to beat the best one so far.
  std::vector<size_t> periods = candidates.optional ? std::vector<size_t>{} : usable;
  Search best(history, lead, periods, train);
  best.Run();
  while (periods.size() < usable.size()) {
    periods.push_back(usable[periods.size()]);
    Search next(history, lead, periods, train);
    next.Run();
    if (next.error() < kBetterSeason * best.error()) best = std::move(next);
  }
  return best.Result();
}

HoltWinters MakeFilter(const History& history, size_t train, std::span<const size_t> periods, Smoothing constants,
                       size_t start) {
  HoltWinters::State before;
  before.bucket = history.first + static_cast<Bucket>(start) - 1;
  return HoltWinters(std::move(constants), EstimateProfiles(history.values.first(train), history.first, periods),
                     before);
}

}  // namespace dso::forecast
