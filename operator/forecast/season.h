// One season of a series: what is usual at each point of its period, learned as the series goes by.
//
//   deviation   d(t) = y(t) − mean of y over the period round t     (or the quotient, for a multiplicative profile)
//   profile     v(slot of t) ← v + max(γ, 1/n) (d(t) − v)           n: how often the slot has been visited
//
// The mean is centred, so a value is learned from half a period after it came; its slot is asked for again a whole
// period after it. Slots are never optimised numerically, and one set of profiles serves all filters of the bank.
// A period has at most kMostSlots slots of a whole number of steps; between the middles of slots a profile is linear.
// Special days (calendar.h) have a profile of their own, as quotients: of all that came before, the newest counts half.
// Source of centred deviations: classical decomposition, Hyndman & Athanasopoulos, "Forecasting: Principles and
// Practice", 3rd ed., §3.4. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "forecast/archive.h"
#include "forecast/calendar.h"

namespace dso::forecast {

// One way to learn a profile.
struct ProfileKind {
  double gain = 0;       // γ, in [0, 1]
  double smoothing = 0;  // as a share of the period: deviations are averaged over so much on either side
  bool multiplicative = false;
  bool robust = false;  // deviations from the profile are cut to twice their mean size (Huber)
};

class Season {
 public:
  static constexpr size_t kMostSlots = 1008;

  // `period` >= 2 `step`s, `step` >= 1, both in ms. At most 16 kinds.
  Season(int64_t period_ms, int64_t step_ms, std::vector<ProfileKind> kinds);

  // Takes the value of a moment; moments come in order. Amortised O(kinds × smoothing) a slot, nothing between.
  void Take(int64_t utc_ms, double value, const Calendar& calendar);

  // True once two periods have gone by, and at least half of them was seen: one tells nothing about what repeats.
  bool ready() const { return closed_ >= 2 * ring_.size() && seen_ >= ring_.size(); }

  // Where a moment lies in the period, as a number of slots in [0, slots()).
  double Phase(int64_t utc_ms, const Calendar& calendar) const;
  // The phase of `ahead_ms` later, without asking the calendar.
  double Advance(double phase, int64_t ahead_ms) const;
  // The profile at a phase: to be added to a level, or (multiplicative, at least kLeastFactor) to be multiplied with.
  // `special`: on a special day, of which the season knows nothing before it has seen one.
  double At(size_t kind, double phase, bool special = false) const;
  static constexpr double kLeastFactor = 0.05;

  int64_t period_ms() const { return period_ms_; }
  size_t slots() const { return ring_.size(); }
  size_t kinds() const { return kinds_.size(); }
  const ProfileKind& kind(size_t i) const { return kinds_[i]; }
  size_t MemoryBytes() const;

  template <typename Archive>
  void Persist(Archive& archive) {
    archive(open_slot_, open_sum_, open_count_, closed_, seen_, known_, sum_, special_slots_, mean_, has_mean_, ring_,
            visits_, Growing<float>{special_, kMostSlots});
    if constexpr (Archive::kReading) {
      if (special_.size() != ring_.size()) special_.clear();
    }
    for (Profile& profile : profiles_) archive(profile.values, profile.deviation);
  }

 private:
  struct Profile {
    std::vector<float> values;
    double deviation = 0;  // mean size of what a new deviation differs from the profile
  };

  void Close(int64_t slot, float value, const Calendar& calendar);
  // Adds a slot to the figures of the ring (sign 1) or takes it out (-1).
  void Count(int64_t slot, float value, int sign, const Calendar& calendar);
  void Learn(int64_t slot, const Calendar& calendar);
  void LearnSpecial(size_t place, double quotient);
  // The mean of the ring's values within `reach` slots of `slot`; NaN if there is none.
  double Smoothed(int64_t slot, int64_t reach) const;
  size_t Place(int64_t slot) const;  // in the ring
  // A gap of more than a period: nothing is left of the ring.
  void Forget(int64_t newest, int64_t slots, const Calendar& calendar);
  void Recount(int64_t newest, const Calendar& calendar);
  bool IsSpecial(int64_t slot, const Calendar& calendar) const {
    return calendar.IsSpecialDay(slot * width_ms_ + middle_ms_);
  }

  int64_t period_ms_;
  int64_t width_ms_;   // of a slot
  int64_t middle_ms_;  // of the moments of a slot's steps: where its value is true
  std::vector<ProfileKind> kinds_;
  std::vector<int64_t> reach_;  // of each kind's smoothing, in slots

  int64_t open_slot_ = -1;  // the slot that values are still coming for; -1 before the first
  double open_sum_ = 0;
  int64_t open_count_ = 0;
  uint64_t closed_ = 0;        // slots closed since the first value
  uint64_t seen_ = 0;          // of these, those with a value
  int64_t known_ = 0;          // of the ring, those of special days left out
  double sum_ = 0;             // of these
  int64_t special_slots_ = 0;  // of the ring
  double mean_ = 0;            // of the last period that was known and had no special day
  bool has_mean_ = false;
  std::vector<float> ring_;  // the last period's values by slot number; NaN where missing
  std::vector<uint8_t> visits_;
  std::vector<Profile> profiles_;
  std::vector<float> special_;  // of special days: value / mean, NaN before the first; empty while there was none
};

}  // namespace dso::forecast
