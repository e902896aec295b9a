// The bank: exponential smoothing filters over what the seasons leave, each with an answer of its own.
//
//   z(t) = y(t) − s(t), or y(t) / s(t)        s: one profile of one season (season.h), or none
//   level   l ← l + φb + α(z − l − φb)        trend b ← φb + αβ(z − l − φb), in some filters
//   answer  ŷ(t+h) = l + (φ + … + φ^h)b + s(t+h), or l · s(t+h)
//
// With the level's constants from "the last value" (α = 1) to "most of an hour" a convex combination of the filters of
// one profile contains Holt-Winters with any autocorrelated residual at the lead: l + s + ρ^h r of Taylor (2003) is
// (1 − ρ^h) of the filter with α and ρ^h of the one with α = 1. That is why there is no ρ here.
// Sources: Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., §8.2-8.3 (damped trend, additive
// and multiplicative seasons, error-correction form); Taylor (2003), "Short-term electricity demand forecasting using
// double seasonal exponential smoothing".
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "forecast/calendar.h"
#include "forecast/season.h"

namespace dso::forecast {

// φ + φ² + … + φ^h: how many steps' worth of a trend there are in h steps.
double DampedSteps(double damping, double h);

struct FilterConstants {
  double level = 1;  // α a step
  double trend = 0;  // β
};

// One profile of the bank that filters stand on; season < 0: none.
struct Ground {
  int season = -1;
  size_t kind = 0;
  bool multiplicative = false;
};

class FilterBank {
 public:
  // `step_ms`: of the grid. `lead`: in steps. `periods_ms`: ascending, at most two, each at least two steps.
  FilterBank(int64_t step_ms, size_t lead, const std::vector<int64_t>& periods_ms);

  // Moves every filter on to the value of `utc_ms`, `steps` >= 1 after the one before, and then the seasons.
  void Take(int64_t utc_ms, int64_t steps, double value, const Calendar& calendar);

  size_t size() const { return filters_.size(); }
  // Which filters may answer: those whose season is ready, all others stand for the last value.
  std::span<const char> usable() const { return usable_; }
  // More belief in the last value than in all else, until errors say otherwise.
  std::vector<double> Prior() const;
  std::string Name(size_t filter) const;
  // The index of the season of a filter; -1 if it has none.
  int SeasonOf(size_t filter) const { return grounds_[filters_[filter].ground].season; }

  const std::vector<Season>& seasons() const { return seasons_; }

  // A weighted combination of the filters, ready to be asked for many moments. Lives no longer than the bank and the
  // calendar it was made with, and until the next Take().
  class Outlook;
  // `value` (if not null) is one more step that is believed to the share `belief` in [0, 1] and not learned from.
  Outlook Combine(std::span<const double> weights, int64_t utc_ms, const double* value, double belief,
                  const Calendar& calendar) const;

  // What each filter says of `steps` after the last value.
  void Answers(int64_t steps, int64_t utc_ms, const Calendar& calendar, std::span<float> answers) const;

  size_t MemoryBytes() const;

  template <typename Archive>
  void Persist(Archive& archive) {
    archive(started_, last_);
    for (Filter& filter : filters_) archive(filter.level, filter.trend, filter.surprise);
    for (Season& season : seasons_) archive(season);
    if constexpr (Archive::kReading) MarkUsable();
  }

 private:
  struct Filter {
    size_t ground = 0;
    FilterConstants constants;
    double level = 0;
    double trend = 0;
    double surprise = 0;  // mean size of what a value differs from the level; kept of slow filters only
  };

  void MarkUsable();
  double DampedStepsOf(int64_t ms) const;
  // The profile of each ground at a moment: 0 and 1 stand for none.
  void Lift(int64_t utc_ms, const Calendar& calendar, std::span<double> lift) const;
  static double Bounded(Filter& filter, double target);
  void Advance(Filter& filter, double target, double gain, double steps) const;

  int64_t step_ms_;
  double damping_;                   // φ a step, of all trends
  std::vector<float> damped_steps_;  // of 0, 1, … steps
  std::vector<Ground> grounds_;
  std::vector<Filter> filters_;
  std::vector<char> usable_;
  std::vector<Season> seasons_;
  bool started_ = false;
  double last_ = 0;
};

class FilterBank::Outlook {
 public:
  // The combined forecast of `ms` after the moment that the outlook was made at; may be negative. O(profiles in use).
  double At(int64_t ms) const;

 private:
  friend class FilterBank;
  struct Part {
    const Season* season;
    size_t kind;
    double weight;  // of an additive profile; of a multiplicative one the weighted level
    double phase;   // at the moment of the outlook
  };
  std::vector<Part> parts_;
  double level_ = 0;
  double trend_ = 0;
  const FilterBank* bank_ = nullptr;
  const Calendar* calendar_ = nullptr;
  int64_t from_ms_ = 0;
};

}  // namespace dso::forecast
