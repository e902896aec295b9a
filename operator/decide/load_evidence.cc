#include "decide/load_evidence.h"

#include <algorithm>
#include <cmath>

namespace dso::decide {
namespace {

using Seconds = LoadEvidence::Seconds;

constexpr Seconds kHalfLife = std::chrono::days(7);
constexpr Seconds kContradictedHalfLife = std::chrono::minutes(20);
constexpr Seconds kEnoughCarried = std::chrono::minutes(10);
constexpr Seconds kEnoughTrouble = std::chrono::minutes(2);
constexpr double kTroubleWeight = 4;  // a fifth of the time in trouble is too much

double Halved(Seconds time, Seconds half_life) { return std::exp2(-(time / half_life)); }

}  // namespace

LoadEvidence::LoadEvidence(double min, double max)
    : min_(min), max_(max), log_ratio_(std::log(max / min) / static_cast<double>(kBuckets)) {}

size_t LoadEvidence::BucketOf(double load) const {
  if (!(load > min_) || !(log_ratio_ > 0)) return 0;
  const double index = std::log(std::min(load, max_) / min_) / log_ratio_;
  return std::min(static_cast<size_t>(index), kBuckets - 1);
}

double LoadEvidence::LowerEnd(size_t bucket) const {
  if (bucket == kBuckets) return max_;
  return std::min(max_, min_ * std::exp(static_cast<double>(bucket) * log_ratio_));
}

void LoadEvidence::AddCarried(double load, Seconds time, Seconds Bucket::*kind) {
  if (!(load >= min_) || !(time.count() > 0)) return;
  const size_t at = BucketOf(load);
  Bucket& bucket = buckets_[at];
  bucket.*kind += time;
  bucket.mean_carried += (std::min(load, max_) - bucket.mean_carried) * (time / (bucket.carried + bucket.remembered));
  const double left = Halved(time, kContradictedHalfLife);
  for (size_t i = 0; i <= at; ++i) buckets_[i].trouble *= left;
}

void LoadEvidence::NoteCarried(double load, Seconds time) { AddCarried(load, time, &Bucket::carried); }

void LoadEvidence::NoteRemembered(double load, Seconds time) { AddCarried(load, time, &Bucket::remembered); }

void LoadEvidence::NoteTrouble(double load, Seconds time) {
  if (!(load > min_) || !(load <= max_)) return;
  const size_t at = BucketOf(load);
  buckets_[at].trouble += time;
  const double next = std::exp(2 * log_ratio_);  // from one bucket's squared load to the next
  double squared_ratio = 1;
  for (size_t i = at; i < kBuckets; ++i, squared_ratio *= next) {
    Bucket& bucket = buckets_[i];
    if (!((bucket.carried + bucket.remembered).count() > 0)) continue;
    const double left = Halved(time, kContradictedHalfLife * squared_ratio);
    bucket.carried *= left;
    bucket.remembered *= left;
  }
}

void LoadEvidence::Fade(Seconds time) {
  const double left = Halved(time, kHalfLife);
  for (Bucket& bucket : buckets_) {
    bucket.carried *= left;
    bucket.remembered *= left;
    bucket.trouble *= left;
  }
}

LoadEvidence::Limits LoadEvidence::Find() const {
  std::array<Seconds, kBuckets + 1> carried{};  // at a bucket or above it, what is remembered included
  for (size_t i = kBuckets; i-- > 0;) carried[i] = carried[i + 1] + buckets_[i].carried + buckets_[i].remembered;

  size_t limit = 0;
  while (limit < kBuckets &&
         (buckets_[limit].trouble < kEnoughTrouble || kTroubleWeight * buckets_[limit].trouble <= carried[limit])) {
    ++limit;
  }
  Limits limits;
  if (limit < kBuckets) limits.trouble_from = LowerEnd(limit);
  for (size_t i = limit; i-- > 0;) {
    if (carried[i] < kEnoughCarried) continue;
    // What is carried beyond the limit, against the trouble there, was carried past the whole of this bucket.
    limits.carried = carried[i + 1] >= kEnoughCarried ? LowerEnd(i + 1) : buckets_[i].mean_carried;
    for (size_t above = i; above < kBuckets; ++above) limits.carried_for += buckets_[above].carried;
    break;
  }
  return limits;
}

}  // namespace dso::decide
