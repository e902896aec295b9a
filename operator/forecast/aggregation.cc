#include "forecast/aggregation.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dso::forecast {

Aggregation::Aggregation(std::vector<double> prior, double memory)
    : prior_(std::move(prior)),
      keep_(std::exp(-1 / memory)),
      regret_(prior_.size(), 0),
      squares_(prior_.size(), 0),
      largest_(prior_.size(), 0) {}

void Aggregation::Learn(double gradient, double combined, std::span<const float> answers) {
  for (size_t k = 0; k < prior_.size(); ++k) {
    const double better = gradient * (combined - answers[k]);
    const double square = better * better;
    regret_[k] = keep_ * regret_[k] + better;
    squares_[k] = keep_ * squares_[k] + square;
    largest_[k] = std::max(keep_ * largest_[k], square);
  }
}

void Aggregation::Weights(std::span<const char> usable, std::span<double> weights) const {
  double sum = 0;
  for (size_t k = 0; k < prior_.size(); ++k) {
    const bool better = usable[k] && regret_[k] > 0;
    weights[k] = better ? prior_[k] * regret_[k] / (squares_[k] + largest_[k]) : 0;
    sum += weights[k];
  }
  if (!(sum > 0) || !std::isfinite(sum)) {
    sum = 0;
    for (size_t k = 0; k < prior_.size(); ++k) sum += weights[k] = usable[k] ? prior_[k] : 0;
  }
  if (!(sum > 0)) return;
  for (double& weight : weights) weight /= sum;
}

}  // namespace dso::forecast
