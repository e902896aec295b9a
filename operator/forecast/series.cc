#include "forecast/series.h"

#include <algorithm>
#include <cmath>

#include "base/integer.h"

namespace dso::forecast {
namespace {

constexpr double kLargestValue = 1e30;
constexpr int64_t kFarthestMs = int64_t{1} << 53;

}  // namespace

bool IsUsable(const Sample& sample) {
  const int64_t ms = sample.at.time_since_epoch().count();
  // Written so that NaN fails.
  return sample.value >= 0 && sample.value <= kLargestValue && ms >= -kFarthestMs && ms <= kFarthestMs;
}

Bucket BucketOf(WallTime at, milliseconds step) {
  const int64_t ms = std::clamp(static_cast<int64_t>(at.time_since_epoch().count()), -kFarthestMs, kFarthestMs);
  return FloorDiv(ms, step.count());
}

WallTime StartOf(Bucket bucket, milliseconds step) { return WallTime(bucket * step); }

void OpenBucket::Add(const Sample& sample) {
  if (count_ > 0 && sample.at == newest_.at) {
    newest_ = sample;
    return;
  }
  ++count_;
  if (count_ > 1 && sample.at < newest_.at) {
    sum_ += sample.value;
    return;
  }
  if (count_ > 1) sum_ += newest_.value;
  newest_ = sample;
}

double OpenBucket::Mean() const { return (sum_ + newest_.value) / static_cast<double>(count_); }

}  // namespace dso::forecast
