#include "decide/external_forecast.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace dso::decide {
namespace {

constexpr milliseconds kWeek = std::chrono::days(7);
// Of predictions whose time has not come: with a lead of 6 h and one a minute there are 360.
constexpr size_t kMostPromises = 1'000;
constexpr milliseconds kGap = std::chrono::minutes(2);

double Between(WallTime from, double a, WallTime to, double b, WallTime at) {
  if (to <= from) return b;
  const double share = static_cast<double>((at - from).count()) / static_cast<double>((to - from).count());
  return a + std::clamp(share, 0.0, 1.0) * (b - a);
}

// Before the first point it is that one, after the last that.
ExternalPoint PointAt(const ExternalAnswer& answer, WallTime at) {
  const auto after = std::find_if(answer.path.begin(), answer.path.end(), [at](const auto& p) { return p.at >= at; });
  if (after == answer.path.end()) return answer.path.back();
  if (after == answer.path.begin()) return *after;
  const ExternalPoint& before = *std::prev(after);
  return {at, Between(before.at, before.expected, after->at, after->expected, at),
          Between(before.at, before.quantile, after->at, after->quantile, at)};
}

}  // namespace

std::optional<Forecast> PeakOf(const ExternalAnswer& answer, WallTime now, milliseconds lead) {
  if (std::chrono::abs(now - answer.asked_at) > answer.good_for || answer.path.empty()) return std::nullopt;
  if (answer.path.back().at <= now) return std::nullopt;
  Forecast peak{.state = Forecast::State::kReady};
  const auto take = [&peak](WallTime at, const ExternalPoint& point) {
    if (peak.peak_at == WallTime() || point.expected > peak.expected) {
      peak.expected = point.expected;
      peak.peak_at = at;
    }
    peak.quantile = std::max(peak.quantile, point.quantile);
  };
  for (const ExternalPoint& point : answer.path) {
    if (point.at > now && point.at < now + lead) take(point.at, point);
  }
  const WallTime end = std::min(now + lead, answer.path.back().at);
  take(end, PointAt(answer, end));
  peak.quantile = std::max(peak.quantile, peak.expected);
  return peak;
}

ExternalJudge::ExternalJudge(milliseconds lead, milliseconds period)
    : lead_(lead),
      error_(static_cast<double>(kWeek / period)),
      built_in_error_(static_cast<double>(kWeek / period)),
      coverage_(static_cast<double>(kWeek / period)),
      slack_(static_cast<double>(kWeek / period)) {}

void ExternalJudge::Remember(const ExternalAnswer& answer, std::optional<double> built_in) {
  const auto peak = PeakOf(answer, answer.asked_at, lead_);
  if (!last_ || !peak) return;
  if (promises_.size() == kMostPromises) promises_.pop_front();
  promises_.push_back({.made_at = answer.asked_at,
                       .expected = PointAt(answer, answer.asked_at + lead_).expected,
                       .built_in = built_in.value_or(last_->demand),
                       .quantile = peak->quantile,
                       .largest = 0});
}

void ExternalJudge::Observe(WallTime at, double demand) {
  const milliseconds longest_gap = kGap + lead_;
  if (last_ && (at < last_->at || at - last_->at > longest_gap)) {
    promises_.clear();
    last_.reset();
  }
  for (Promise& promise : promises_) {
    if (promise.made_at < at && at <= promise.made_at + lead_) promise.largest = std::max(promise.largest, demand);
  }
  while (!promises_.empty() && promises_.front().made_at + lead_ <= at) {
    const Promise& due = promises_.front();
    Settle(due, last_ ? Between(last_->at, last_->demand, at, demand, due.made_at + lead_) : demand);
    promises_.pop_front();
  }
  last_ = {at, demand};
}

void ExternalJudge::Settle(const Promise& promise, double demand) {
  const double largest = std::max(promise.largest, demand);
  error_.Add(std::abs(promise.expected - demand), demand);
  built_in_error_.Add(std::abs(promise.built_in - demand), demand);
  coverage_.Add(largest <= promise.quantile ? 1 : 0, 1);
  slack_.Add(std::max(promise.quantile - largest, 0.0), largest);
  last_due_ = promise.made_at + lead_;
  if (judged_++ == 0) first_due_ = last_due_;
  verdict_ = Judge();
}

ExternalJudge::Verdict ExternalJudge::Judge() const {
  if (judged_ < kLeastJudged || last_due_ - first_due_ < 2 * lead_) return Verdict::kLearning;
  const double bound = std::max(kMostOfBuiltIn * built_in_error_.Value(), kAlwaysAccurate);
  const double within = verdict_ == Verdict::kAccurate ? kStaysWithin * bound : bound;
  return error_.Value() <= within ? Verdict::kAccurate : Verdict::kTooInaccurate;
}

}  // namespace dso::decide
