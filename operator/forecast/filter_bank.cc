#include "forecast/filter_bank.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace dso::forecast {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kWeekMs = 7 * kDayMs;

// The first season is learned four ways, from "most of what ever was" to "yesterday"; a longer one two ways.
constexpr std::array kShortKinds{
    ProfileKind{.gain = 0.07, .smoothing = 300.0 / 86'400, .multiplicative = false, .robust = true},
    ProfileKind{.gain = 0.15, .smoothing = 120.0 / 86'400, .multiplicative = false, .robust = false},
    ProfileKind{.gain = 0.7, .smoothing = 300.0 / 86'400, .multiplicative = false, .robust = false},
    ProfileKind{.gain = 0.1, .smoothing = 120.0 / 86'400, .multiplicative = true, .robust = false},
};
constexpr std::array kLongKinds{
    ProfileKind{.gain = 0.25, .smoothing = 300.0 / 604'800, .multiplicative = false, .robust = false},
    ProfileKind{.gain = 0.25, .smoothing = 300.0 / 604'800, .multiplicative = true, .robust = false},
};

// Time constants of levels as shares of the shortest season (of a day: 0, 1.4 min, 4.5 min, 14 min, 50 min).
constexpr std::array kLevelMemories{0.0, 1.0 / 1000, 1.0 / 321, 1.0 / 104, 1.0 / 29};
constexpr double kLongestMemoryWithoutSeason = 1.0 / 50;
constexpr std::array kTrendMemories{1.0 / 1000, 1.0 / 234};
constexpr double kTrendGain = 0.15;
constexpr double kMostTrendLevel = 0.8;
// What is left of a trend after a lead (φ^lead).
constexpr double kTrendAtLead = 0.8;
// A filter this near to the last value would be a second copy of it.
constexpr double kNearlyLast = 0.95;
constexpr double kPriorOfLastValue = 0.3;

// Powers cost more than all the rest of a forecast, so those within a lead are looked up.
constexpr size_t kTabulated = 256;

// Filters that take up less than this of a value remember it for long, so they bound it: beyond so many mean surprises
// it is cut (Gelper, Fried & Croux (2010), "Robust forecasting with exponential and Holt-Winters smoothing").
constexpr double kSlow = 0.3;
constexpr double kOutlier = 15;
constexpr double kSurpriseWeight = 0.05;

double GainOf(double memory_steps) { return memory_steps > 0 ? -std::expm1(-1 / memory_steps) : 1; }

}  // namespace

double DampedSteps(double damping, double h) {
  return damping < 1 ? damping * (1 - std::pow(damping, h)) / (1 - damping) : h;
}

FilterBank::FilterBank(int64_t step_ms, size_t lead, const std::vector<int64_t>& periods_ms)
    : step_ms_(step_ms), damping_(std::pow(kTrendAtLead, 1.0 / static_cast<double>(lead))) {
  for (size_t h = 0; h <= std::min(lead, kTabulated); ++h) {
    damped_steps_.push_back(static_cast<float>(DampedSteps(damping_, static_cast<double>(h))));
  }
  grounds_.push_back({});
  for (size_t i = 0; i < periods_ms.size(); ++i) {
    const std::span<const ProfileKind> kinds = i == 0 ? std::span<const ProfileKind>(kShortKinds) : kLongKinds;
    seasons_.emplace_back(periods_ms[i], step_ms, std::vector<ProfileKind>(kinds.begin(), kinds.end()));
    for (size_t kind = 0; kind < kinds.size(); ++kind) {
      grounds_.push_back({static_cast<int>(i), kind, kinds[kind].multiplicative});
    }
  }
  const double scale = static_cast<double>(periods_ms.empty() ? kDayMs : periods_ms.front());
  const double steps = scale / static_cast<double>(step_ms);
  for (size_t ground = 0; ground < grounds_.size(); ++ground) {
    const bool seasonal = grounds_[ground].season >= 0;
    for (const double memory : kLevelMemories) {
      const double gain = GainOf(memory * steps);
      if (memory > 0 && gain > kNearlyLast) continue;
      if (!seasonal && memory > kLongestMemoryWithoutSeason) continue;
      filters_.push_back({.ground = ground, .constants = {.level = gain}});
    }
    // A trend stands on no season, on the slow and the middling profile of the first, and on the first of the second.
    const bool trended = !seasonal || (!grounds_[ground].multiplicative && grounds_[ground].kind < 2);
    if (!trended) continue;
    for (const double memory : kTrendMemories) {
      const double gain = std::min(GainOf(memory * steps), kMostTrendLevel);
      if (gain == filters_.back().constants.level && filters_.back().constants.trend > 0)
        continue;  // both at the bound
      filters_.push_back({.ground = ground, .constants = {gain, kTrendGain}});
    }
  }
  usable_.assign(filters_.size(), 0);
  MarkUsable();
}

void FilterBank::MarkUsable() {
  for (size_t i = 0; i < filters_.size(); ++i) {
    const int season = SeasonOf(i);
    usable_[i] = season < 0 || seasons_[static_cast<size_t>(season)].ready();
  }
}

std::vector<double> FilterBank::Prior() const {
  std::vector<double> prior(size(), (1 - kPriorOfLastValue) / static_cast<double>(size() - 1));
  prior.front() = kPriorOfLastValue;  // the filter without a season and with a level of α = 1
  return prior;
}

std::string FilterBank::Name(size_t index) const {
  const Filter& filter = filters_[index];
  const Ground& ground = grounds_[filter.ground];
  std::string name = "no season";
  if (ground.season >= 0) {
    const Season& season = seasons_[static_cast<size_t>(ground.season)];
    const int64_t period = season.period_ms();
    name = period == kDayMs ? "day" : period == kWeekMs ? "week" : FormatDuration(milliseconds(period));
    name += ground.multiplicative ? " ×" : " +";
    if (seasons_[static_cast<size_t>(ground.season)].kinds() > 2 && !ground.multiplicative) {
      name += fmt::format(" γ={:g}", season.kind(ground.kind).gain);
    }
  }
  if (filter.constants.level == 1) return ground.season < 0 ? "last value" : name + ", last value";
  name += fmt::format(", α={:.2g}", filter.constants.level);
  return filter.constants.trend > 0 ? name + ", damped trend" : name;
}

double FilterBank::DampedStepsOf(int64_t ms) const {
  const int64_t whole = ms / step_ms_;
  if (whole * step_ms_ == ms && whole < static_cast<int64_t>(damped_steps_.size())) {
    return damped_steps_[static_cast<size_t>(whole)];
  }
  return DampedSteps(damping_, static_cast<double>(ms) / static_cast<double>(step_ms_));
}

void FilterBank::Lift(int64_t utc_ms, const Calendar& calendar, std::span<double> lift) const {
  std::array<double, 2> phases{};
  const bool special = calendar.IsSpecialDay(utc_ms);
  for (size_t i = 0; i < seasons_.size(); ++i) phases[i] = seasons_[i].Phase(utc_ms, calendar);
  for (size_t i = 0; i < grounds_.size(); ++i) {
    const Ground& ground = grounds_[i];
    if (ground.season < 0) continue;
    const auto season = static_cast<size_t>(ground.season);
    lift[i] = seasons_[season].At(ground.kind, phases[season], special);
  }
}

void FilterBank::Advance(Filter& filter, double target, double gain, double steps) const {
  const FilterConstants& constants = filter.constants;
  if (constants.trend > 0) {
    filter.level += (steps == 1 ? damping_ : DampedSteps(damping_, steps)) * filter.trend;
    filter.trend *= steps == 1 ? damping_ : std::pow(damping_, steps);
  }
  const double surprise = target - filter.level;
  filter.level += gain * surprise;
  filter.trend += gain * constants.trend * surprise / steps;
}

// The target, cut where it is an outlier. A run of such values soon is none: the mean size of surprises follows it.
double FilterBank::Bounded(Filter& filter, double target) {
  const double most = kOutlier * filter.surprise;
  const double surprise = target - filter.level;
  const double bounded = filter.surprise > 0 ? std::clamp(surprise, -most, most) : surprise;
  filter.surprise += kSurpriseWeight * (std::abs(bounded) - filter.surprise);
  return filter.level + bounded;
}

void FilterBank::Take(int64_t utc_ms, int64_t steps, double value, const Calendar& calendar) {
  std::array<double, 16> lift{};
  Lift(utc_ms, calendar, lift);
  const double h = static_cast<double>(steps);
  for (Filter& filter : filters_) {
    const Ground& ground = grounds_[filter.ground];
    const double target = ground.multiplicative ? value / lift[filter.ground] : value - lift[filter.ground];
    if (!started_) {
      filter.level = target;
      continue;
    }
    // So many missing steps are as many steps with this value: the level forgets as fast in time.
    const double alpha = filter.constants.level;
    const double gain = steps == 1 || alpha == 1 ? alpha : 1 - std::pow(1 - alpha, h);
    Advance(filter, alpha < kSlow ? Bounded(filter, target) : target, gain, h);
  }
  started_ = true;
  last_ = value;
  bool turned = false;
  for (Season& season : seasons_) {
    const bool before = season.ready();
    season.Take(utc_ms, value, calendar);
    turned = turned || season.ready() != before;
  }
  if (turned) MarkUsable();
}

void FilterBank::Answers(int64_t steps, int64_t utc_ms, const Calendar& calendar, std::span<float> answers) const {
  std::array<double, 16> lift{};
  Lift(utc_ms + steps * step_ms_, calendar, lift);
  const double damped = DampedStepsOf(steps * step_ms_);
  for (size_t i = 0; i < filters_.size(); ++i) {
    const Filter& filter = filters_[i];
    if (!usable_[i]) {
      answers[i] = static_cast<float>(last_);
      continue;
    }
    double answer = filter.level;
    if (filter.trend != 0) answer += damped * filter.trend;
    answer = grounds_[filter.ground].multiplicative ? answer * lift[filter.ground] : answer + lift[filter.ground];
    answers[i] = static_cast<float>(std::max(answer, 0.0));
  }
}

FilterBank::Outlook FilterBank::Combine(std::span<const double> weights, int64_t utc_ms, const double* value,
                                        double belief, const Calendar& calendar) const {
  std::array<double, 16> lift{};
  if (value != nullptr) Lift(utc_ms, calendar, lift);
  std::array<double, 16> of_ground{};
  Outlook outlook;
  outlook.calendar_ = &calendar;
  outlook.from_ms_ = utc_ms;
  outlook.bank_ = this;
  for (size_t i = 0; i < filters_.size(); ++i) {
    if (weights[i] <= 0) continue;
    Filter filter = filters_[i];
    const Ground& ground = grounds_[filter.ground];
    if (value != nullptr) {
      const double target = ground.multiplicative ? *value / lift[filter.ground] : *value - lift[filter.ground];
      const bool slow = filter.constants.level < kSlow;
      Advance(filter, slow ? Bounded(filter, target) : target, belief * filter.constants.level, 1);
    }
    if (ground.multiplicative) {
      of_ground[filter.ground] += weights[i] * filter.level;
      continue;
    }
    outlook.level_ += weights[i] * filter.level;
    of_ground[filter.ground] += weights[i];
    outlook.trend_ += weights[i] * filter.trend;
  }
  for (size_t i = 1; i < grounds_.size(); ++i) {
    if (of_ground[i] == 0) continue;
    const Season& season = seasons_[static_cast<size_t>(grounds_[i].season)];
    outlook.parts_.push_back({&season, grounds_[i].kind, of_ground[i], season.Phase(utc_ms, calendar)});
  }
  return outlook;
}

double FilterBank::Outlook::At(int64_t ms) const {
  double value = level_;
  const bool special = calendar_->IsSpecialDay(from_ms_ + ms);
  for (const Part& part : parts_) {
    value += part.weight * part.season->At(part.kind, part.season->Advance(part.phase, ms), special);
  }
  if (trend_ != 0) value += bank_->DampedStepsOf(ms) * trend_;
  return value;
}

size_t FilterBank::MemoryBytes() const {
  size_t bytes = damped_steps_.capacity() * sizeof(float) + grounds_.capacity() * sizeof(Ground) +
                 filters_.capacity() * sizeof(Filter) + usable_.capacity() + seasons_.capacity() * sizeof(Season);
  for (const Season& season : seasons_) bytes += season.MemoryBytes();
  return bytes;
}

}  // namespace dso::forecast
