#include "decide/sample_grid.h"

#include <algorithm>
#include <limits>

namespace dso::decide {
namespace {

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

}  // namespace

void SampleGrid::Add(WallTime at, double value) {
  const int64_t step = StepOf(at);
  if (!means_.empty() && step < newest_) return;
  if (means_.empty() || step > newest_) {
    const int64_t skipped = means_.empty() ? 0 : step - newest_ - 1;
    if (skipped >= static_cast<int64_t>(most_)) means_.clear();
    if (!means_.empty()) means_.insert(means_.end(), static_cast<size_t>(skipped), kUnknown);
    means_.push_back(kUnknown);
    newest_ = step;
    sum_ = 0;
    count_ = 0;
    // A quarter more, so that what remains is moved up seldom.
    if (means_.size() > most_ + most_ / 4) means_.erase(means_.begin(), means_.end() - static_cast<int64_t>(most_));
  }
  sum_ += value;
  ++count_;
  means_.back() = static_cast<float>(sum_ / static_cast<double>(count_));
}

std::vector<double> SampleGrid::Until(WallTime now, size_t count) const {
  std::vector<double> values;
  if (means_.empty()) return values;
  const int64_t last = StepOf(now);
  const int64_t oldest = newest_ - static_cast<int64_t>(means_.size()) + 1;
  const auto length = static_cast<int64_t>(std::min(count, most_));
  for (int64_t step = std::max(oldest, last - length + 1); step <= last; ++step) {
    values.push_back(step > newest_ ? kUnknown : means_[static_cast<size_t>(step - oldest)]);
  }
  return values;
}

}  // namespace dso::decide
