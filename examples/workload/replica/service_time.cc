#include "replica/service_time.h"

#include <algorithm>
#include <cmath>

#include "common/duration.h"

namespace workload {
namespace {

constexpr double kLognormalVariation = 0.5;

// A lognormal with parameters mu and sigma has the mean exp(mu + sigma²/2) and the coefficient of variation
// sqrt(exp(sigma²) − 1); solved here for a mean of 1.
std::lognormal_distribution<double> LognormalOfMeanOne() {
  const double variance = std::log1p(kLognormalVariation * kLognormalVariation);
  return std::lognormal_distribution<double>(-variance / 2, std::sqrt(variance));
}

}  // namespace

const std::map<std::string, Jitter>& JitterNames() {
  static const std::map<std::string, Jitter> names{
      {"none", Jitter::kNone}, {"lognormal", Jitter::kLognormal}, {"exponential", Jitter::kExponential}};
  return names;
}

ServiceTime::ServiceTime(std::chrono::nanoseconds mean, Jitter jitter, std::uint64_t seed)
    : mean_(mean), jitter_(jitter), random_(seed) {}

std::chrono::nanoseconds ServiceTime::Draw() {
  double in_means = 1;
  if (jitter_ == Jitter::kLognormal) in_means = LognormalOfMeanOne()(random_);
  if (jitter_ == Jitter::kExponential) in_means = std::exponential_distribution<double>()(random_);
  return std::chrono::round<std::chrono::nanoseconds>(Seconds(mean_) * std::min(in_means, kLongestInMeans));
}

}  // namespace workload
