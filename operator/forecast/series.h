// Samples on an even grid: where a moment falls, and how samples become one value a step.
// Pure; no function throws. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace dso::forecast {

// One measurement of demand, in the caller's unit (requests/s, tokens/s, …); the forecasts are in the same unit.
struct Sample {
  WallTime at;
  double value = 0;
};

// The number of a step since the epoch: bucket k covers [k·step, (k+1)·step).
using Bucket = int64_t;

// Usable demand is finite and within [0, 1e30] (beyond is a broken exporter, and a float could not hold it),
// and its moment within 285,000 years of the epoch, which keeps the arithmetic on buckets from overflowing.
bool IsUsable(const Sample& sample);

// The bucket of a moment; moments beyond the range of IsUsable count as its ends. Precondition: step > 0.
Bucket BucketOf(WallTime at, milliseconds step);
WallTime StartOf(Bucket bucket, milliseconds step);

// The samples of the newest bucket, while more may still come. The value of a bucket is the plain mean of its samples:
// a step holds many scrapes at even distances, so that weights by time would change little.
class OpenBucket {
 public:
  OpenBucket() = default;
  explicit OpenBucket(Bucket bucket) : bucket_(bucket) {}

  // Any order. A sample with the timestamp of the newest one replaces it.
  void Add(const Sample& sample);

  bool empty() const { return count_ == 0; }
  Bucket bucket() const { return bucket_; }
  size_t count() const { return count_; }
  double Mean() const;  // precondition: !empty()

  template <typename Archive>
  void Persist(Archive& archive) {
    int64_t at = newest_.at.time_since_epoch().count();
    archive(bucket_, count_, sum_, at, newest_.value);
    if constexpr (Archive::kReading) newest_.at = WallTime(milliseconds(at));
  }

 private:
  Bucket bucket_ = 0;
  size_t count_ = 0;
  double sum_ = 0;  // of all but the newest, which may still be replaced
  Sample newest_{};
};

}  // namespace dso::forecast
