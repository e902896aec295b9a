// Samples on an even grid: where a moment falls, how samples become one value a step, and the memory of those values.
// Pure; no function throws. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace dso::forecast {

// One measurement of demand, in the caller's unit (requests/s, tokens/s, …); the forecasts are in the same unit.
struct Sample {
  WallTime at;
  double value = 0;
};

// The number of a step since the epoch: bucket k covers [k·step, (k+1)·step).
using Bucket = int64_t;

// Usable demand is finite and within [0, 1e30] (beyond is a broken exporter, and a float of Series could not hold it),
// and its moment within 285,000 years of the epoch, which keeps the arithmetic on buckets from overflowing.
bool IsUsable(const Sample& sample);

// The bucket of a moment; moments beyond the range of IsUsable count as its ends. Precondition: step > 0.
Bucket BucketOf(WallTime at, milliseconds step);
WallTime StartOf(Bucket bucket, milliseconds step);

// The values of the most recent `capacity` buckets, oldest first, 4 bytes each; a missing one is NaN. Zero is a value.
class Series {
 public:
  explicit Series(size_t capacity) : capacity_(capacity) {}

  // Adds the newest value. Buckets that were passed over become missing. Precondition: bucket >= end() unless empty.
  // O(1) amortised over buckets; a gap longer than the capacity forgets everything before it.
  void Append(Bucket bucket, double value);
  void Clear();

  bool empty() const { return values_.empty(); }
  size_t size() const { return values_.size(); }
  size_t present() const { return present_; }  // how many of them are not missing
  Bucket begin() const { return end_ - static_cast<Bucket>(values_.size()); }
  Bucket end() const { return end_; }

  // Precondition: begin() <= bucket < end().
  float operator[](Bucket bucket) const { return values_[static_cast<size_t>(bucket - origin_) % capacity_]; }
  // Oldest first, in one piece, as numerical code likes it.
  std::vector<float> Copy() const;

  size_t MemoryBytes() const { return values_.capacity() * sizeof(float); }

 private:
  void Push(float value);

  size_t capacity_;
  std::vector<float> values_;  // grows to the capacity, then is a ring
  Bucket origin_ = 0;          // the bucket that lives in values_[0], give or take a multiple of the capacity
  Bucket end_ = 0;
  size_t present_ = 0;
};

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

 private:
  Bucket bucket_ = 0;
  size_t count_ = 0;
  double sum_ = 0;  // of all but the newest, which may still be replaced
  Sample newest_{};
};

}  // namespace dso::forecast
