#include "forecast/histogram.h"

#include <algorithm>
#include <cmath>

namespace dso::forecast {
namespace {

constexpr double kUnit = 0.25;
constexpr double kWidth = 0.11;  // of a bin, in asinh(x / kUnit)
constexpr double kMiddle = ErrorHistogram::kBins / 2.0;
constexpr double kRescale = 1e6;

// Bins are skipped so many at a time, which the compiler adds up in one instruction or two.
constexpr size_t kGroup = 8;
static_assert(ErrorHistogram::kBins % kGroup == 0);

// The lower edge of each bin, and the upper one of the last.
using Edges = std::array<double, ErrorHistogram::kBins + 1>;
const Edges& EdgesOfBins() {
  static const Edges kEdges = [] {
    Edges edges;
    for (size_t bin = 0; bin < edges.size(); ++bin) {
      edges[bin] = kUnit * std::sinh((static_cast<double>(bin) - kMiddle) * kWidth);
    }
    return edges;
  }();
  return kEdges;
}

size_t BinOf(double error) {
  const double bin = std::floor(std::asinh(error / kUnit) / kWidth + kMiddle);
  return static_cast<size_t>(std::clamp(bin, 0.0, static_cast<double>(ErrorHistogram::kBins - 1)));
}

}  // namespace

ErrorHistogram::ErrorHistogram(double memory) : growth_(std::exp(1 / memory)) {}

void ErrorHistogram::Add(double error) {
  newest_ *= growth_;
  weights_[BinOf(error)] += static_cast<float>(newest_);
  total_ += newest_;
  if (newest_ < kRescale) return;
  for (float& weight : weights_) weight = static_cast<float>(weight / newest_);
  total_ /= newest_;
  newest_ = 1;
}

double ErrorHistogram::Quantile(double q) const {
  if (!(total_ > 0)) return 0;
  const double n = total_ / newest_;
  const double rank = std::min(1.0, q * (n + 1) / n) * total_;
  const Edges& edges = EdgesOfBins();
  double below = 0;
  size_t first = 0;
  for (; first < kBins; first += kGroup) {
    float group = 0;
    for (size_t bin = first; bin < first + kGroup; ++bin) group += weights_[bin];
    if (below + group >= rank) break;
    below += group;
  }
  // Sums of floats round: the rank may lie a hair beyond the last weight.
  size_t last = kBins - 1;
  while (last > 0 && weights_[last] <= 0) --last;
  for (size_t bin = first; bin <= last; ++bin) {
    const double weight = weights_[bin];
    if (weight > 0 && below + weight >= rank) {
      return edges[bin] + (rank - below) / weight * (edges[bin + 1] - edges[bin]);
    }
    below += weight;
  }
  return edges[last + 1];
}

}  // namespace dso::forecast
