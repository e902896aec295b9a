#include "sim/svg_scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/report_format.h"

namespace dso::sim {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr double kLeastRange = 1e-200;  // below, the arithmetic on steps would leave the normal numbers

constexpr std::array<milliseconds, 15> kTimeSteps{seconds(10), minutes(1), minutes(2), minutes(5), minutes(15),
                                                  minutes(30), hours(1),   hours(2),   hours(3),   hours(6),
                                                  hours(12),   hours(24),  hours(48),  days(7),    days(14)};

milliseconds TimeStep(milliseconds span, int at_most) {
  for (const milliseconds step : kTimeSteps) {
    if (span / step < at_most) return step;
  }
  milliseconds step = days(28);
  while (span / step >= at_most) step *= 2;
  return step;
}

std::string TimeLabel(WallTime at, milliseconds step, milliseconds span) {
  if (step < days(1)) {
    const bool midnight = std::chrono::floor<days>(at) == at;
    return midnight ? FormatShortDay(at) : FormatClock(at);
  }
  const std::string day = FormatDay(at);  // "Mon 2 Mar 2026"
  if (span > days(300)) return day.substr(4);
  if (span > days(16)) return FormatShortDay(at);
  return day.substr(0, day.size() - 5);
}

}  // namespace

Scale::Scale(double low, double high, double pixel_low, double pixel_high, Kind kind)
    : low_(low), high_(high), pixel_low_(pixel_low), pixel_high_(pixel_high), kind_(kind) {
  if (!(high_ - low_ > kLeastRange) || !std::isfinite(high_ - low_)) high_ = low_ + 1;
}

double Scale::operator()(double value) const {
  const double linear = (value - low_) / (high_ - low_);
  const double share = kind_ == Kind::kLinear ? linear : std::sqrt(std::max(0.0, linear));
  return pixel_low_ + share * (pixel_high_ - pixel_low_);
}

std::vector<double> NiceTicks(double low, double high, int at_most, double least_step) {
  if (!(high - low > kLeastRange) || !std::isfinite(high - low)) return {low};
  double power = std::pow(10.0, std::floor(std::log10((high - low) / at_most)));
  for (;; power *= 10) {
    for (const int factor : {1, 2, 5}) {
      const double step = factor * power;
      if (step < least_step) continue;
      const double first = std::ceil(low / step - 1e-9);
      const double last = std::floor(high / step + 1e-9);
      if (last - first + 1 > at_most) continue;
      std::vector<double> ticks;
      for (double i = first; i <= last; ++i) ticks.push_back(i * step);
      return ticks.empty() ? std::vector<double>{low} : ticks;
    }
  }
}

std::vector<double> SquareRootTicks(const Scale& scale, double least_pixels) {
  std::vector<double> ticks;
  double last_pixel = scale.pixel_high();  // the top of the axis, then downwards: the large ones say most
  const auto fits = [&](double value) { return std::abs(scale(value) - last_pixel) >= least_pixels; };
  const int decade = static_cast<int>(std::floor(std::log10(scale.high())));
  for (int exponent = decade; exponent > decade - 6; --exponent) {
    for (const int factor : {5, 2, 1}) {
      const double value = factor * std::pow(10.0, exponent);
      if (value > scale.high() || (!ticks.empty() && !fits(value))) continue;
      if (std::abs(scale(value) - scale.pixel_low()) < least_pixels) continue;
      ticks.push_back(value);
      last_pixel = scale(value);
    }
  }
  ticks.push_back(0);
  std::reverse(ticks.begin(), ticks.end());
  return ticks;
}

std::vector<TimeTick> TimeTicks(WallTime from, WallTime to, int at_most) {
  const milliseconds span = to - from;
  const milliseconds step = TimeStep(span, at_most);
  // The epoch was a Thursday; weeks start on Mondays.
  const milliseconds origin = step >= days(7) ? milliseconds(days(4)) : milliseconds(0);
  const auto number = [&](WallTime at) {
    const auto distance = at.time_since_epoch() - origin;
    return distance.count() >= 0 ? (distance + step - milliseconds(1)) / step : distance / step;
  };
  std::vector<TimeTick> ticks;
  for (auto i = number(from);; ++i) {
    const WallTime at(origin + i * step);
    if (at > to) return ticks;
    ticks.push_back({at, TimeLabel(at, step, span)});
  }
}

}  // namespace dso::sim
