#include "sim/accuracy.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <optional>
#include <vector>

namespace dso::sim {
namespace {

using forecast::Sample;

constexpr milliseconds kDay = std::chrono::days(1);
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kRisesOf = 5;  // one in five samples is in a rise

double Quotient(double part, double whole) { return whole > 0 ? part / whole : kNan; }
double Share(size_t part, size_t whole) { return Quotient(static_cast<double>(part), static_cast<double>(whole)); }

// What the demand was at moments that do not go back.
class Actual {
 public:
  Actual(const std::vector<Sample>& samples, milliseconds longest_gap) : samples_(samples), longest_gap_(longest_gap) {}

  std::optional<double> At(WallTime at) {
    while (next_ < samples_.size() && samples_[next_].at <= at) ++next_;
    if (next_ == 0) return std::nullopt;
    const Sample& before = samples_[next_ - 1];
    if (before.at == at) return before.value;
    if (next_ == samples_.size() || samples_[next_].at - before.at > longest_gap_) return std::nullopt;
    return Interpolate(before, samples_[next_], at);
  }

 private:
  const std::vector<Sample>& samples_;
  milliseconds longest_gap_;
  size_t next_ = 0;
};

// The maximum of the samples of windows that do not go back. A monotonic queue: O(1) amortised.
class SlidingMaximum {
 public:
  explicit SlidingMaximum(const std::vector<Sample>& samples) : samples_(samples) {}

  // Over (from, to]; 0 if there is no sample in it.
  double Over(WallTime from, WallTime to) {
    for (; next_ < samples_.size() && samples_[next_].at <= to; ++next_) {
      while (!falling_.empty() && falling_.back().value <= samples_[next_].value) falling_.pop_back();
      falling_.push_back(samples_[next_]);
    }
    while (!falling_.empty() && falling_.front().at <= from) falling_.pop_front();
    return falling_.empty() ? 0 : falling_.front().value;
  }

 private:
  const std::vector<Sample>& samples_;
  size_t next_ = 0;
  std::deque<Sample> falling_;
};

// The rise of the demand over a lead, and whether the quantile saw it.
struct Rise {
  double by;
  bool covered;
};

double CoverageInRises(std::vector<Rise> rises) {
  const size_t steepest = (rises.size() + kRisesOf - 1) / kRisesOf;
  const auto end = rises.begin() + static_cast<std::ptrdiff_t>(steepest);
  std::partial_sort(rises.begin(), end, rises.end(), [](const Rise& a, const Rise& b) { return a.by > b.by; });
  const auto covered = std::count_if(rises.begin(), end, [](const Rise& rise) { return rise.covered; });
  return Share(static_cast<size_t>(covered), steepest);
}

}  // namespace

Accuracy Judge(const Trace& trace, std::span<const IssuedForecast> forecasts, WallTime judged_from, milliseconds step) {
  const milliseconds longest_gap = step * 3 / 2;
  Actual now(trace.samples, longest_gap), target(trace.samples, longest_gap), day_ago(trace.samples, longest_gap);
  SlidingMaximum peak(trace.samples);
  Accuracy accuracy;
  double actual_sum = 0, error = 0, error_as_now = 0, actual_with_day_ago = 0, error_as_day_ago = 0;
  size_t covered = 0, peaks_covered = 0;
  std::vector<Rise> rises;
  for (const IssuedForecast& forecast : forecasts) {
    if (forecast.issued < judged_from) continue;
    const std::optional<double> actual = target.At(forecast.target);
    const std::optional<double> last = now.At(forecast.issued);
    if (!actual || !last) continue;
    ++accuracy.forecasts;
    actual_sum += *actual;
    error += std::abs(*actual - forecast.expected);
    error_as_now += std::abs(*actual - *last);
    if (const std::optional<double> before = day_ago.At(forecast.target - kDay)) {
      actual_with_day_ago += *actual;
      error_as_day_ago += std::abs(*actual - *before);
    }
    covered += *actual <= forecast.quantile ? 1 : 0;
    const double reached = std::max(peak.Over(forecast.issued, forecast.target), *actual);
    peaks_covered += reached <= forecast.peak_quantile ? 1 : 0;
    rises.push_back({*actual - *last, *actual <= forecast.quantile});
  }
  accuracy.wape = Quotient(error, actual_sum);
  accuracy.wape_last_value = Quotient(error_as_now, actual_sum);
  accuracy.wape_seasonal_naive = Quotient(error_as_day_ago, actual_with_day_ago);
  accuracy.coverage = Share(covered, accuracy.forecasts);
  accuracy.coverage_of_peak = Share(peaks_covered, accuracy.forecasts);
  accuracy.coverage_in_rises = CoverageInRises(std::move(rises));
  return accuracy;
}

}  // namespace dso::sim
