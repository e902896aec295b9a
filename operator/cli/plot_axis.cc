#include "cli/plot_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace dso::cli {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<seconds, 20> kTimeSteps = {seconds(1),  seconds(2),  seconds(5), seconds(10), seconds(15),
                                                seconds(30), minutes(1),  minutes(2), minutes(5),  minutes(10),
                                                minutes(15), minutes(30), hours(1),   hours(2),    hours(3),
                                                hours(6),    hours(12),   days(1),    days(2),     days(7)};
constexpr std::array<double, 4> kMantissas = {1, 2, 2.5, 5};

std::string MarkLabel(const LocalMoment& moment, seconds step) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  if (moment.hour == 0 && moment.minute == 0 && moment.second == 0) {
    return fmt::format("{} {}", kDays[static_cast<size_t>(moment.weekday)], moment.day);
  }
  if (step < minutes(1)) return fmt::format("{:02}:{:02}:{:02}", moment.hour, moment.minute, moment.second);
  return fmt::format("{:02}:{:02}", moment.hour, moment.minute);
}

}  // namespace

ValueAxis ValueAxisTo(double highest, int most) {
  if (!(highest > 0)) return {};
  const double least_step = highest / std::max(most, 1);
  double power = std::pow(10, std::floor(std::log10(least_step)));
  double step = 10 * power;
  for (const double mantissa : kMantissas) {
    if (mantissa * power >= least_step * (1 - 1e-9)) {
      step = mantissa * power;
      break;
    }
  }
  return {.step = step, .steps = std::max(1, static_cast<int>(std::ceil(highest / step * (1 - 1e-9))))};
}

std::string ValueAxis::Label(int index) const {
  const double value = step * index;
  if (index == 0) return "0";
  if (top() >= 1e6) return QuantityText(value);
  if (step < 1e-6) return fmt::format("{:.1e}", value);
  int decimals = 0;
  for (double scaled = step; decimals < 7 && std::abs(scaled - std::round(scaled)) > 1e-6 * scaled; scaled *= 10)
    ++decimals;
  return fmt::format("{:.{}f}", value, decimals);
}

std::vector<TimeMark> TimeMarks(const View& view, WallTime from, WallTime to, int most) {
  const auto fits = [&](seconds step) { return (to - from) / step < most; };
  const auto found = std::find_if(kTimeSteps.begin(), kTimeSteps.end(), fits);
  if (found == kTimeSteps.end()) return {};
  const seconds offset = view.local(from).utc_offset;
  const auto local = std::chrono::floor<seconds>(from.time_since_epoch()) + offset;
  std::vector<TimeMark> marks;
  for (auto at = local - local % *found + *found; WallTime(at - offset) <= to; at += *found) {
    const WallTime moment(at - offset);
    marks.push_back({.at = moment, .label = MarkLabel(view.local(moment), *found)});
  }
  return marks;
}

}  // namespace dso::cli
