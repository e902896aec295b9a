// The newest samples of a demand on a regular grid: the mean of each step, and nothing where nothing was seen. Bounded
// memory, four bytes a step. A value type, not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace dso::decide {

class SampleGrid {
 public:
  // step > 0, most >= 1. Older steps than the newest `most` are forgotten.
  SampleGrid(milliseconds step, size_t most) : step_(step), most_(most) {}

  // Samples come in the order of time; one of an older step than the newest is ignored.
  void Add(WallTime at, double value);

  milliseconds step() const { return step_; }
  bool empty() const { return means_.empty(); }

  // The means of up to `count` steps, the last one that of `now`; NaN where nothing was seen. Never more than there is
  // anything known of, nor than are remembered.
  std::vector<double> Until(WallTime now, size_t count) const;

 private:
  int64_t StepOf(WallTime at) const { return std::chrono::floor<milliseconds>(at.time_since_epoch()) / step_; }

  milliseconds step_;
  size_t most_;
  std::vector<float> means_;  // oldest first; the last one is of newest_
  int64_t newest_ = 0;        // step
  double sum_ = 0;            // of the samples of the newest step
  int64_t count_ = 0;
};

}  // namespace dso::decide
