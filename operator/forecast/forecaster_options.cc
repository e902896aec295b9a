#include "forecast/forecaster_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/hash.h"

namespace dso::forecast {
namespace {

using std::chrono::hours;

constexpr milliseconds kLongestStep = hours(24);
constexpr milliseconds kLongestSeason = std::chrono::days(366);
constexpr size_t kMostSeasons = 2;
constexpr milliseconds kDay = hours(24);
constexpr uint32_t kStateVersion = 0x44534601;

Bucket StepsOf(milliseconds duration, milliseconds step) {
  return duration.count() / step.count() + (duration.count() % step.count() > 0 ? 1 : 0);
}

}  // namespace

ForecasterOptions Sane(ForecasterOptions options) {
  options.step = std::clamp(options.step, milliseconds(1), kLongestStep);
  options.lead = std::clamp(StepsOf(options.lead, options.step), Bucket{1}, kLongestLead) * options.step;
  options.quantile = options.quantile >= 0.5 ? std::min(options.quantile, 0.999) : 0.5;
  for (milliseconds& season : options.seasons) season = std::min(season, kLongestSeason);
  std::erase_if(options.seasons, [&](milliseconds season) { return season < 2 * options.step; });
  std::sort(options.seasons.begin(), options.seasons.end());
  const auto same = [&](auto a, auto b) { return b - a < options.step; };
  options.seasons.erase(std::unique(options.seasons.begin(), options.seasons.end(), same), options.seasons.end());
  if (options.seasons.size() > kMostSeasons) options.seasons.resize(kMostSeasons);
  return options;
}

milliseconds ShortestSeason(const ForecasterOptions& options) {
  return options.seasons.empty() ? std::max(kDay, 2 * options.step) : options.seasons.front();
}

Bucket StrideOf(const ForecasterOptions& options) {
  return StepsOf(milliseconds(options.lead / options.step), milliseconds(kIssuesInLead));
}

double IssuesADay(const ForecasterOptions& options) {
  const milliseconds day = std::min<milliseconds>(ShortestSeason(options), kDay);
  return static_cast<double>(day.count()) / static_cast<double>((options.step * StrideOf(options)).count());
}

std::vector<int64_t> PeriodsOf(const ForecasterOptions& options) {
  std::vector<int64_t> periods;
  for (const milliseconds season : options.seasons) periods.push_back(season.count());
  return periods;
}

uint64_t Fingerprint(const ForecasterOptions& options) {
  std::string text =
      fmt::format("{} {} {} {}", kStateVersion, options.step.count(), options.lead.count(), options.quantile);
  for (const milliseconds season : options.seasons) text += fmt::format(" {}", season.count());
  return Fnv1a(text + options.calendar.Text());
}

}  // namespace dso::forecast
