#include "prom/single_value.h"

#include <fmt/format.h>

#include <cmath>

#include "base/decimal.h"

namespace dso::prom {

Reason JudgeValue(double value) {
  if (!std::isfinite(value)) return Reason::kNotANumber;
  return value < 0 ? Reason::kNegative : Reason::kNone;
}

Answer<Point> SingleValue(const InstantAnswer& answer, WallTime now, milliseconds max_age) {
  if (answer.series.empty()) {
    return MakeFailure(Reason::kNoSeries,
                       "the query matches no series: check its labels; if no series means no traffic, append "
                       "\"or vector(0)\".");
  }
  if (answer.series.size() > 1) {
    return MakeFailure(Reason::kSeveralSeries, fmt::format("the query returns {} series where one is meant: wrap it in "
                                                           "sum() or narrow its labels.",
                                                           answer.series.size()));
  }
  const Point& point = answer.series.front().points.front();
  if (const Reason reason = JudgeValue(point.value); reason != Reason::kNone) return BadValue(reason, point.value);
  if (now - point.at > max_age) return StaleSample(point.at, now, max_age);
  return point;
}

Failure BadValue(Reason reason, double value) {
  if (reason == Reason::kNegative) {
    return MakeFailure(reason, fmt::format("the value is {}, and demand cannot be negative: use rate() for a counter, "
                                           "not deriv() or delta().",
                                           FormatDecimal(value)));
  }
  const std::string_view name = std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  return MakeFailure(reason, fmt::format("the value is {}, not a number: the query probably divides by zero.", name));
}

Failure StaleSample(WallTime sampled_at, WallTime now, milliseconds max_age) {
  return MakeFailure(Reason::kStale,
                     fmt::format("the newest sample is from {}, {} ago, and at most {} are allowed: check "
                                 "that the service is still scraped.",
                                 FormatTime(sampled_at), FormatDuration(now - sampled_at), FormatDuration(max_age)));
}

}  // namespace dso::prom
