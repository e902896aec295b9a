#include "forecast/envelope.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/integer.h"

namespace dso::forecast {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

}  // namespace

Envelope::Envelope(int64_t period_ms, int64_t step_ms) {
  const auto most = static_cast<int64_t>(kMostParts);
  const int64_t steps = std::max<int64_t>((period_ms + step_ms / 2) / step_ms, 1);
  const int64_t steps_in_part = (steps + most - 1) / most;
  width_ms_ = steps_in_part * step_ms;
  parts_ = std::max<int64_t>((period_ms + width_ms_ / 2) / width_ms_, 1);
  largest_.assign(static_cast<size_t>(parts_) * kPeriods, kMissing);
}

float& Envelope::Part(int64_t part) {
  const auto size = static_cast<int64_t>(largest_.size());
  return largest_[static_cast<size_t>(FloorMod(part, size))];
}

void Envelope::Take(int64_t local_ms, double value) {
  const int64_t part = FloorDiv(local_ms, width_ms_);
  if (part > newest_) {
    const auto size = static_cast<int64_t>(largest_.size());
    const int64_t first = newest_ == INT64_MIN ? part : std::max(newest_ + 1, part - size + 1);
    for (int64_t i = first; i <= part; ++i) Part(i) = kMissing;
    newest_ = part;
  }
  float& largest = Part(part);
  // Written so that a missing one is replaced.
  if (!(largest >= value)) largest = static_cast<float>(value);
}

std::optional<Envelope::Reached> Envelope::At(int64_t from_ms, int64_t to_ms) const {
  const int64_t first = FloorDiv(from_ms, width_ms_);
  const int64_t last = std::clamp(FloorDiv(to_ms, width_ms_), first, first + parts_ - 1);
  const auto size = static_cast<int64_t>(largest_.size());
  std::array<float, kPeriods> reached{};
  size_t count = 0;
  float newest = 0;
  for (int64_t back = 1; back <= static_cast<int64_t>(kPeriods); ++back) {
    float most = -1;
    for (int64_t i = first - back * parts_; i <= last - back * parts_; ++i) {
      if (i > newest_ || i <= newest_ - size) continue;
      const float value = largest_[static_cast<size_t>(FloorMod(i, size))];
      most = std::max(most, value);  // NaN second: `most` stays
    }
    if (most < 0) continue;
    if (count == 0) newest = most;
    size_t place = count++;  // kept ascending
    for (; place > 0 && reached[place - 1] > most; --place) reached[place] = reached[place - 1];
    reached[place] = most;
  }
  if (count < 2) return std::nullopt;
  return Reached{reached[count / 2], reached[count - 2 > 0 ? count - 2 : 1], newest};
}

}  // namespace dso::forecast
