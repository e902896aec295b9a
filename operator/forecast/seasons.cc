#include "forecast/seasons.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dso::forecast {
namespace {

// Smoothing spans this part of a period on either side: 5 minutes of a day, 35 minutes of a week.
constexpr size_t kSmoothingPart = 288;

// The mean over one period round each value, without the missing ones. Near the ends it is that of the nearest whole
// period: a truncated one would take a part of the season for the level.
std::vector<float> CentredMeans(std::span<const float> values, size_t period) {
  const size_t n = values.size();
  std::vector<double> sums(n + 1, 0);
  std::vector<size_t> counts(n + 1, 0);
  for (size_t i = 0; i < n; ++i) {
    const bool present = !std::isnan(values[i]);
    sums[i + 1] = sums[i] + (present ? values[i] : 0);
    counts[i + 1] = counts[i] + (present ? 1 : 0);
  }
  std::vector<float> means(n);
  for (size_t i = 0; i < n; ++i) {
    const size_t begin = std::min(i > period / 2 ? i - period / 2 : 0, n - period);
    const size_t count = counts[begin + period] - counts[begin];
    const double sum = sums[begin + period] - sums[begin];
    means[i] = count > 0 ? static_cast<float>(sum / static_cast<double>(count)) : 0;
  }
  return means;
}

// Precondition: not empty. Reorders its argument.
float Median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

// A triangular kernel of 2·reach + 1 slots.
Profile SmoothRoundTheCircle(const Profile& profile, size_t reach) {
  const size_t period = profile.size();
  Profile smooth(period);
  for (size_t slot = 0; slot < period; ++slot) {
    double sum = 0;
    double weights = 0;
    for (size_t offset = 0; offset <= 2 * reach; ++offset) {
      const size_t distance = offset > reach ? offset - reach : reach - offset;
      const double weight = static_cast<double>(reach + 1 - distance);
      sum += weight * profile[(slot + period + offset - reach) % period];
      weights += weight;
    }
    smooth[slot] = static_cast<float>(sum / weights);
  }
  return smooth;
}

void Centre(Profile& profile) {
  const double mean = std::accumulate(profile.begin(), profile.end(), 0.0) / static_cast<double>(profile.size());
  for (float& slot : profile) slot = static_cast<float>(slot - mean);
}

Profile EstimateProfile(std::span<const float> values, Bucket first, size_t period) {
  const std::vector<float> means = CentredMeans(values, period);
  Profile profile(period, 0);
  std::vector<float> deviations;
  for (size_t start = 0; start < period; ++start) {
    deviations.clear();
    for (size_t i = start; i < values.size(); i += period) {
      if (!std::isnan(values[i])) deviations.push_back(values[i] - means[i]);
    }
    if (!deviations.empty()) profile[SlotOf(first + static_cast<Bucket>(start), period)] = Median(deviations);
  }
  profile = SmoothRoundTheCircle(profile, period / kSmoothingPart);
  Centre(profile);
  return profile;
}

}  // namespace

size_t SlotsOf(milliseconds season, milliseconds step) {
  const double slots = std::round(static_cast<double>(season.count()) / static_cast<double>(step.count()));
  return static_cast<size_t>(std::clamp(slots, 2.0, 1e9));
}

std::vector<Profile> EstimateProfiles(std::span<const float> values, Bucket first, std::span<const size_t> periods) {
  std::vector<float> rest(values.begin(), values.end());
  std::vector<Profile> profiles;
  for (const size_t period : periods) {
    profiles.push_back(EstimateProfile(rest, first, period));
    size_t slot = SlotOf(first, period);
    for (float& value : rest) {
      value -= profiles.back()[slot];
      if (++slot == period) slot = 0;
    }
  }
  return profiles;
}

}  // namespace dso::forecast
