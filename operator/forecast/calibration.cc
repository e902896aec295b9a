#include "forecast/calibration.h"

#include <algorithm>
#include <cmath>

namespace dso::forecast {

void ResidualRing::Add(double residual) {
  const float entry = static_cast<float>(residual);
  if (arrival_.size() < capacity_) {
    arrival_.push_back(entry);
    sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), entry), entry);
    return;
  }
  float& oldest = arrival_[oldest_];
  const auto from = std::lower_bound(sorted_.begin(), sorted_.end(), oldest);
  const auto to = std::upper_bound(sorted_.begin(), sorted_.end(), entry);
  // Closes the hole that the oldest leaves and opens one for the newest, moving only what lies between.
  if (from < to) {
    std::move(from + 1, to, from);
    *(to - 1) = entry;
  } else {
    std::move_backward(to, from, from + 1);
    *to = entry;
  }
  oldest = entry;
  oldest_ = (oldest_ + 1) % capacity_;
}

double ResidualRing::Quantile(double q) const {
  if (sorted_.empty()) return 0;
  const double n = static_cast<double>(sorted_.size());
  const double rank = std::clamp(std::ceil((n + 1) * q), 1.0, n);
  return sorted_[static_cast<size_t>(rank) - 1];
}

void RunningRatio::Add(double numerator, double denominator) {
  numerator_ += numerator;
  denominator_ += denominator;
  if (++entries_ < 2 * memory_) return;
  entries_ /= 2;
  numerator_ /= 2;
  denominator_ /= 2;
}

}  // namespace dso::forecast
