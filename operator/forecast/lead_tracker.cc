#include "forecast/lead_tracker.h"

#include <algorithm>
#include <cmath>

namespace dso::forecast {
namespace {

// A week of 5-minute steps: weekdays and weekend both have their say in the margin.
constexpr size_t kResiduals = 2016;
// So many forecasts are issued in one lead at most; windows that overlap by more tell next to nothing new.
constexpr size_t kIssuesInLead = 8;
// How far a miss moves the steered level, as a share of one: a lasting shift is made good within about a hundred steps.
constexpr double kSteering = 0.01;
constexpr double kLowestLevel = 0.5;  // the median
constexpr double kHighestLevel = 0.995;

}  // namespace

LeadTracker::LeadTracker(size_t lead, double quantile)
    : lead_(static_cast<Bucket>(lead)),
      stride_(static_cast<Bucket>((lead + kIssuesInLead - 1) / kIssuesInLead)),
      quantile_(quantile),
      steered_(quantile),
      residuals_(kResiduals),
      wape_(kResiduals),
      coverage_(kResiduals) {}

void LeadTracker::Step(const HoltWinters& filter, const Series& series) {
  const Bucket now = filter.state().bucket;
  while (!pending_.empty() && pending_.front().at + lead_ <= now) {
    Settle(pending_.front(), series);
    pending_.pop_front();
  }
  if (now % stride_ != 0 || std::isnan(series[now])) return;
  const double peak = std::max(filter.Peak(filter.state(), now + 1, now + lead_).value, 0.0);
  pending_.push_back(
      {now, peak, std::max(peak + QuantileMargin(), 0.0), calibrated(), std::max(filter.Forecast(now + lead_), 0.0)});
}

void LeadTracker::Settle(const Issued& issued, const Series& series) {
  Bucket known = 0;
  double peak = 0;
  for (Bucket bucket = std::max(issued.at + 1, series.begin()); bucket <= issued.at + lead_; ++bucket) {
    const float value = series[bucket];
    if (std::isnan(value)) continue;
    ++known;
    peak = std::max<double>(peak, value);
  }
  // The maximum of less than half a window says little about the whole.
  if (2 * known < lead_) return;
  residuals_.Add(peak - issued.peak);
  if (issued.promised) {
    const double covered = peak <= issued.quantile ? 1 : 0;
    coverage_.Add(covered, 1);
    steered_ =
        std::clamp(steered_ + kSteering * (quantile_ - covered), kLowestLevel, std::max(quantile_, kHighestLevel));
  }
  const float at_lead = series[issued.at + lead_];
  if (!std::isnan(at_lead)) wape_.Add(std::abs(at_lead - issued.at_lead), at_lead);
}

std::optional<double> LeadTracker::Wape() const { return wape_.empty() ? std::nullopt : std::optional(wape_.Value()); }

std::optional<double> LeadTracker::Coverage() const {
  return coverage_.empty() ? std::nullopt : std::optional(coverage_.Value());
}

}  // namespace dso::forecast
