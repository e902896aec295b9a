#include "sim/score_sentence.h"

#include <fmt/format.h>

#include <cmath>

#include "api/spec.h"

namespace dso::sim {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::string_view kPerSecond = "/s";
// What is less is written as 0.
constexpr double kLeastLoss = 0.5;
constexpr double kLeastChange = 0.0005;

std::string LostThings(std::string_view unit) {
  if (unit == api::kInFlight) return "request-seconds";
  if (unit.ends_with(kPerSecond)) return std::string(unit.substr(0, unit.size() - kPerSecond.size()));
  return fmt::format("{} x seconds", unit);
}

// "4,120".
std::string Grouped(double amount) {
  std::string digits = fmt::format("{:.0f}", std::round(amount));
  for (size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, ",");
  return digits;
}

// "3.1 %", "31 %".
std::string Percent(double share) {
  const double percent = 100 * share;
  return percent < 9.95 ? fmt::format("{:.1f} %", percent) : Grouped(percent) + " %";
}

// Of what is lost: "none", "all" and "100 %" are true.
std::string AvoidedPart(double lost_alone, double lost_with) {
  if (lost_alone - lost_with < kLeastLoss) return "none";
  if (lost_with < kLeastLoss) return "all";
  const double percent = std::round(100 * (1 - lost_with / lost_alone));
  if (percent < 1) return "less than 1 %";
  if (percent > 99) return "more than 99 %";
  return fmt::format("{:.0f} %", percent);
}

double CostOf(const Score::Summary& summary) { return summary.replica_hours_with / summary.replica_hours_alone - 1; }

std::string Price(double cost) {
  if (std::abs(cost) < kLeastChange) return "for the same replica-hours";
  if (cost > 0) return fmt::format("for {} more replica-hours", Percent(cost));
  return fmt::format("with {} fewer replica-hours", Percent(-cost));
}

std::string NothingToAvoid(double cost, std::string_view verb) {
  constexpr std::string_view kBeginning = "nothing would have been lost without the floor; it";
  if (std::abs(cost) < kLeastChange) return fmt::format("{} {} cost no more replica-hours", kBeginning, verb);
  if (cost > 0) return fmt::format("{} {} cost {} more replica-hours", kBeginning, verb, Percent(cost));
  return fmt::format("{} {} saved {} of the replica-hours", kBeginning, verb, Percent(-cost));
}

std::string Verdict(const Score::Summary& summary, std::string_view unit, bool shadow) {
  const std::string_view verb = shadow ? "would have" : "has";
  const double cost = CostOf(summary);
  const bool loses_alone = summary.lost_alone >= kLeastLoss;
  if (summary.lost_with - summary.lost_alone >= kLeastLoss) {
    return fmt::format("{} lost {} {}, the HPA alone {}, {}", verb, Grouped(summary.lost_with), LostThings(unit),
                       loses_alone ? Grouped(summary.lost_alone) : "none", Price(cost));
  }
  const std::string_view against = shadow ? "" : " against the HPA alone";
  if (!loses_alone) return NothingToAvoid(cost, verb).append(against);
  return fmt::format("{} avoided {} of {} lost {} {}{}", verb, AvoidedPart(summary.lost_alone, summary.lost_with),
                     Grouped(summary.lost_alone), LostThings(unit), Price(cost), against);
}

}  // namespace

std::string Sentence(const Score::Summary& summary, std::string_view unit, bool shadow) {
  const std::string scored = FormatDuration(std::chrono::floor<std::chrono::minutes>(summary.scored));
  if (summary.scored < hours(1)) {
    return fmt::format("no score yet: {} of demand in the last 7d, at least 1h is needed to simulate", scored);
  }
  // Up to an hour is missing in a week that begins within one, or just after a restart.
  const bool whole = summary.scored >= days(7) - hours(1);
  return fmt::format("{} (simulated, {}last 7d)", Verdict(summary, unit, shadow), whole ? "" : scored + " of the ");
}

}  // namespace dso::sim
