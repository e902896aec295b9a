#include "forecast/season.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/integer.h"

namespace dso::forecast {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
// A gap of so many slots is bridged by a straight line: samples may be farther apart than slots.
constexpr int64_t kBridged = 5;
// The mean of less than half a period could be that of its night.
constexpr int64_t kLeastKnownPart = 2;
constexpr double kLargestFactor = 100;
constexpr double kHuberScales = 2;
constexpr uint8_t kMostVisits = 255;

}  // namespace

Season::Season(int64_t period_ms, int64_t step_ms, std::vector<ProfileKind> kinds)
    : period_ms_(period_ms), kinds_(std::move(kinds)) {
  const int64_t steps = std::max<int64_t>((period_ms + step_ms - 1) / step_ms, 2);
  const int64_t steps_in_slot = (steps + static_cast<int64_t>(kMostSlots) - 1) / static_cast<int64_t>(kMostSlots);
  width_ms_ = steps_in_slot * step_ms;
  middle_ms_ = (width_ms_ - step_ms) / 2;
  const auto slots = static_cast<size_t>(std::max<int64_t>((period_ms + width_ms_ - 1) / width_ms_, 2));
  ring_.assign(slots, kMissing);
  visits_.assign(slots, 0);
  for (const ProfileKind& kind : kinds_) {
    reach_.push_back(std::llround(kind.smoothing * static_cast<double>(slots)));
    profiles_.push_back({std::vector<float>(slots, kind.multiplicative ? 1.0f : 0.0f), 0});
  }
}

void Season::Take(int64_t utc_ms, double value, const Calendar& calendar) {
  const int64_t slot = FloorDiv(utc_ms, width_ms_);
  if (open_count_ > 0 && slot > open_slot_) {
    const double last = open_sum_ / static_cast<double>(open_count_);
    Close(open_slot_, static_cast<float>(last), calendar);
    const int64_t gap = slot - open_slot_;
    const auto period = static_cast<int64_t>(ring_.size());
    if (gap > period) Forget(slot - 1, gap - 1, calendar);
    for (int64_t i = 1; i < gap && gap <= period; ++i) {
      const double share = static_cast<double>(i) / static_cast<double>(gap);
      const double bridge = last + share * (value - last);
      Close(open_slot_ + i, gap <= kBridged ? static_cast<float>(bridge) : kMissing, calendar);
    }
    open_sum_ = 0;
    open_count_ = 0;
  }
  open_slot_ = slot;
  open_sum_ += value;
  ++open_count_;
}

void Season::Close(int64_t slot, float value, const Calendar& calendar) {
  const auto period = static_cast<int64_t>(ring_.size());
  const float oldest = std::exchange(ring_[Place(slot)], value);
  if (closed_ >= ring_.size()) Count(slot - period, oldest, -1, calendar);
  Count(slot, value, 1, calendar);
  ++closed_;
  if (!std::isnan(value)) ++seen_;
  if (closed_ % ring_.size() == 0) Recount(slot, calendar);
  if (closed_ < ring_.size()) return;
  // What is left of a period with a special day in it has a mean of its own: that of the last ordinary one is better.
  const bool ordinary = special_slots_ == 0 && known_ * kLeastKnownPart >= period;
  if (ordinary) {
    mean_ = sum_ / static_cast<double>(known_);
    has_mean_ = true;
  }
  if (!has_mean_ || (!ordinary && special_slots_ == 0)) return;
  const int64_t centre = slot - period / 2;
  // The first period has no centred mean of its own before its middle: all of that half is measured by the first.
  if (closed_ == ring_.size()) {
    for (int64_t i = slot - period + 1; i < centre; ++i) Learn(i, calendar);
  }
  Learn(centre, calendar);
}

void Season::Forget(int64_t newest, int64_t slots, const Calendar& calendar) {
  std::fill(ring_.begin(), ring_.end(), kMissing);
  closed_ += static_cast<uint64_t>(slots);
  Recount(newest, calendar);
}

void Season::Count(int64_t slot, float value, int sign, const Calendar& calendar) {
  if (IsSpecial(slot, calendar)) {
    special_slots_ += sign;
  } else if (!std::isnan(value)) {
    sum_ += sign * static_cast<double>(value);
    known_ += sign;
  }
}

void Season::Learn(int64_t slot, const Calendar& calendar) {
  if (std::isnan(ring_[Place(slot)])) return;
  const double mean = mean_;
  const int64_t middle_ms = slot * width_ms_ + middle_ms_;
  const size_t place = std::min(static_cast<size_t>(Phase(middle_ms, calendar)), ring_.size() - 1);
  if (IsSpecial(slot, calendar)) {
    if (mean > 0) LearnSpecial(place, Smoothed(slot, 1) / mean);
    return;
  }
  uint8_t& visits = visits_[place];
  if (visits < kMostVisits) ++visits;
  for (size_t i = 0; i < kinds_.size(); ++i) {
    const ProfileKind& kind = kinds_[i];
    Profile& profile = profiles_[i];
    const double here = Smoothed(slot, reach_[i]);
    double deviation = here - mean;
    if (kind.multiplicative) deviation = mean > 0 ? std::min(here / mean, kLargestFactor) : 1;
    float& value = profile.values[place];
    double change = deviation - value;
    if (visits > 1) {
      const double most = kHuberScales * profile.deviation;
      const double bounded = profile.deviation > 0 ? std::clamp(change, -most, most) : change;
      const double weight = profile.deviation > 0 ? 1 / static_cast<double>(ring_.size()) : 1;
      profile.deviation += weight * (std::abs(bounded) - profile.deviation);
      if (kind.robust) change = bounded;
    }
    value += static_cast<float>(std::max(kind.gain, 1.0 / visits) * change);
  }
}

void Season::LearnSpecial(size_t place, double quotient) {
  if (special_.empty()) special_.assign(ring_.size(), kMissing);
  float& value = special_[place];
  value = static_cast<float>(std::isnan(value) ? quotient : (value + quotient) / 2);
}

double Season::Smoothed(int64_t slot, int64_t reach) const {
  double sum = 0;
  int64_t count = 0;
  for (int64_t i = slot - reach; i <= slot + reach; ++i) {
    const float value = ring_[Place(i)];
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return sum / static_cast<double>(count);
}

size_t Season::Place(int64_t slot) const {
  return static_cast<size_t>(FloorMod(slot, static_cast<int64_t>(ring_.size())));
}

void Season::Recount(int64_t newest, const Calendar& calendar) {
  sum_ = 0;
  known_ = special_slots_ = 0;
  for (int64_t slot = newest - static_cast<int64_t>(ring_.size()) + 1; slot <= newest; ++slot) {
    Count(slot, ring_[Place(slot)], 1, calendar);
  }
}

double Season::Phase(int64_t utc_ms, const Calendar& calendar) const {
  const int64_t into = FloorMod(calendar.LocalMs(utc_ms), period_ms_);
  return static_cast<double>(into) / static_cast<double>(width_ms_);
}

double Season::Advance(double phase, int64_t ahead_ms) const {
  const double around = static_cast<double>(period_ms_) / static_cast<double>(width_ms_);
  const double next = phase + static_cast<double>(ahead_ms) / static_cast<double>(width_ms_);
  return next < around ? next : next - around * std::floor(next / around);
}

double Season::At(size_t kind, double phase, bool special) const {
  if (special && !special_.empty()) {
    const float quotient = special_[std::min(static_cast<size_t>(phase), ring_.size() - 1)];
    if (!std::isnan(quotient)) {
      return kinds_[kind].multiplicative ? std::max<double>(quotient, kLeastFactor) : (quotient - 1) * mean_;
    }
  }
  const std::vector<float>& values = profiles_[kind].values;
  const double from_middle = phase - static_cast<double>(middle_ms_) / static_cast<double>(width_ms_);
  const double low = std::floor(from_middle);
  const double share = from_middle - low;
  const size_t slots = values.size();
  const size_t left = low < 0 ? slots - 1 : std::min(static_cast<size_t>(low), slots - 1);
  const size_t right = left + 1 == slots ? 0 : left + 1;
  const double value = values[left] + share * (values[right] - values[left]);
  return kinds_[kind].multiplicative ? std::max(value, kLeastFactor) : value;
}

size_t Season::MemoryBytes() const {
  size_t bytes = (ring_.capacity() + special_.capacity()) * sizeof(float) + reach_.capacity() * sizeof(int64_t) +
                 visits_.capacity() + kinds_.capacity() * sizeof(ProfileKind);
  for (const Profile& profile : profiles_) bytes += sizeof(Profile) + profile.values.capacity() * sizeof(float);
  return bytes;
}

}  // namespace dso::forecast
