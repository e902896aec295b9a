// What the demand reached at the same time of earlier periods: the largest value of each part of the last seven
// periods of a season. Loads that jump at nearly the same time each day, but not each day, have a smooth profile that
// says "a third of the jump"; what the days reached says how high it goes. Moments are those of the local clock.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "forecast/archive.h"

namespace dso::forecast {

class Envelope {
 public:
  static constexpr size_t kPeriods = 7;
  static constexpr size_t kMostParts = 288;  // of a period; of five minutes for a day

  Envelope(int64_t period_ms, int64_t step_ms);

  // Moments come in order. O(1) amortised over parts.
  void Take(int64_t local_ms, double value);

  // What the periods before reached within [from, to] of the same phase, parts that touch it included.
  struct Reached {
    double median;
    double second;  // the second largest; of two, the larger
    double newest;  // one period ago
  };
  // Nothing while there are less than two periods with a value there. What is beyond one period of the span is not
  // looked at.
  // O(periods × parts of the span).
  std::optional<Reached> At(int64_t from_ms, int64_t to_ms) const;

  size_t MemoryBytes() const { return largest_.capacity() * sizeof(float); }

  template <typename Archive>
  void Persist(Archive& archive) {
    archive(newest_, largest_);
  }

 private:
  float& Part(int64_t part);

  int64_t width_ms_;
  int64_t parts_;               // of a period
  int64_t newest_ = INT64_MIN;  // the number of the newest part
  std::vector<float> largest_;  // a ring by the number of the part; NaN where nothing is known
};

}  // namespace dso::forecast
