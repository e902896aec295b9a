#include "load/schedule.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace workload {
namespace {

Seconds MedianStep(const std::vector<RatePoint>& points) {
  std::vector<Seconds> steps;
  for (std::size_t i = 1; i < points.size(); ++i) steps.push_back(points[i].at - points[i - 1].at);
  const auto median = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), median, steps.end());
  return *median;
}

// The slope of the rate from `a` to `b`, in requests per second per second.
double Slope(const RatePoint& a, const RatePoint& b) {
  return (b.requests_per_second - a.requests_per_second) / (b.at - a.at).count();
}

}  // namespace

Schedule::Schedule(std::vector<RatePoint> points, Repeat repeat) : points_(std::move(points)), repeat_(repeat) {
  assert(points_.size() >= 2 && points_.front().at == Seconds::zero());
  if (loops()) points_.push_back({length() + MedianStep(points_), points_.front().requests_per_second});
  requests_before_.push_back(0);
  for (std::size_t i = 1; i < points_.size(); ++i) {
    const double mean_rate = (points_[i - 1].requests_per_second + points_[i].requests_per_second) / 2;
    requests_before_.push_back(requests_before_.back() + mean_rate * (points_[i].at - points_[i - 1].at).count());
  }
}

Schedule::Position Schedule::Locate(Seconds time) const {
  if (!loops()) return {0, time};
  const double passes = std::floor(time / length());
  return {passes, std::clamp(time - passes * length(), Seconds::zero(), length())};
}

double Schedule::RateAt(Seconds time) const {
  const Seconds in_pass = Locate(time).in_pass;
  const auto after = std::upper_bound(points_.begin(), points_.end(), in_pass,
                                      [](Seconds t, const RatePoint& point) { return t < point.at; });
  if (after == points_.end()) return in_pass == length() ? points_.back().requests_per_second : 0;
  const RatePoint& before = *(after - 1);
  return before.requests_per_second + Slope(before, *after) * (in_pass - before.at).count();
}

double Schedule::RequestsUntil(Seconds time) const {
  const Position position = Locate(time);
  return position.passes * requests_before_.back() + RequestsInPass(position.in_pass);
}

double Schedule::RequestsInPass(Seconds in_pass) const {
  const auto after = std::upper_bound(points_.begin(), points_.end(), in_pass,
                                      [](Seconds t, const RatePoint& point) { return t < point.at; });
  if (after == points_.end()) return requests_before_.back();
  const RatePoint& before = *(after - 1);
  const double seconds = (in_pass - before.at).count();
  return requests_before_[static_cast<std::size_t>(after - points_.begin() - 1)] +
         seconds * (before.requests_per_second + Slope(before, *after) * seconds / 2);
}

std::optional<Seconds> Schedule::TimeOfRequest(double requests) const {
  const double in_one_pass = requests_before_.back();
  if (in_one_pass <= 0 || (!loops() && requests > in_one_pass)) return std::nullopt;
  const double passes = loops() ? std::floor(requests / in_one_pass) : 0;
  const double wanted = requests - passes * in_one_pass;

  // The first point with at least the wanted integral; the time sought lies between it and the point before.
  const auto reached = std::lower_bound(requests_before_.begin() + 1, requests_before_.end() - 1, wanted);
  const auto index = static_cast<std::size_t>(reached - requests_before_.begin());
  const RatePoint& before = points_[index - 1];
  const double missing = wanted - requests_before_[index - 1];
  const double rate = before.requests_per_second;
  // Solves rate·x + slope·x²/2 = missing in the form that does not divide by the slope, which is often 0.
  const double root = std::sqrt(std::max(0.0, rate * rate + 2 * Slope(before, points_[index]) * missing));
  const double seconds = missing > 0 ? 2 * missing / (rate + root) : 0;
  return passes * length() + std::min(before.at + Seconds(seconds), points_[index].at);
}

std::vector<RatePoint> Rescale(std::vector<RatePoint> points, double speed, double scale) {
  for (RatePoint& point : points) {
    point.at /= speed;
    point.requests_per_second *= scale;
  }
  return points;
}

}  // namespace workload
