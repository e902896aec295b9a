#include "forecast/series.h"

#include <algorithm>
#include <cmath>
#include <limits>

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
  const int64_t width = step.count();
  return ms / width - (ms % width < 0 ? 1 : 0);
}

WallTime StartOf(Bucket bucket, milliseconds step) { return WallTime(bucket * step); }

void Series::Append(Bucket bucket, double value) {
  if (!values_.empty() && bucket - end_ >= static_cast<Bucket>(capacity_)) Clear();
  if (values_.empty()) origin_ = end_ = bucket;
  while (end_ < bucket) Push(std::numeric_limits<float>::quiet_NaN());
  Push(static_cast<float>(value));
}

void Series::Clear() {
  values_.clear();
  present_ = 0;
}

std::vector<float> Series::Copy() const {
  std::vector<float> copy;
  copy.reserve(size());
  for (Bucket bucket = begin(); bucket < end(); ++bucket) copy.push_back((*this)[bucket]);
  return copy;
}

void Series::Push(float value) {
  if (values_.size() < capacity_) {
    values_.push_back(value);
  } else {
    float& slot = values_[static_cast<size_t>(end_ - origin_) % capacity_];
    present_ -= std::isnan(slot) ? 0 : 1;
    slot = value;
  }
  present_ += std::isnan(value) ? 0 : 1;
  ++end_;
}

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
