// The figures of a capacity formula: what the spec gives, and in place of what it leaves out what was measured. Pure,
// thread-safe.
//
// cores: of the containers, their CPU limits, or requests where there is no limit.
//
// averageResponseTime: the mean over the last hour, waiting included, by the engine's own metric (prom/presets.h). By
// Little's law L = lambda x W the floor demand x W x safetyFactor / (cores x concurrencyPerCore) holds the requests in
// flight of a replica at cores x concurrencyPerCore / safetyFactor, whatever W is. So where the response time is made
// longer by waiting the floor rises, and rises until the waiting ends: it overshoots, because an hour's mean forgets
// the waiting within an hour only, costs replicas meanwhile, and is bounded by replicas.max. Where it is made longer by
// something that replicas do not help (a slow backend), the floor rises too: that many requests are in flight. After an
// hour with little load the mean is that of idle replicas: the growth of W with load is what safetyFactor is for.
#pragma once

#include <optional>
#include <string_view>

#include "api/spec.h"
#include "base/result.h"

namespace dso::decide {

// What is known of a service beside its spec; absent: not known yet.
struct Measured {
  std::optional<double> learned{};  // what a replica carries: learned_capacity.h
  std::optional<api::PodCores> cores{};
  std::optional<milliseconds> average_response_time{};
};

// Of a formula; what is neither given nor measured is absent, and what it comes from is empty.
struct FormulaFigures {
  std::optional<double> cores{};
  std::string_view cores_from{};  // "Spec", "Limits", "Requests"
  std::optional<milliseconds> average_response_time{};
  std::string_view average_response_time_from{};  // "Spec", "Measured"
};
FormulaFigures FiguresOf(const api::CapacityFormula& formula, const Measured& measured);

// Whether the formula leaves out a figure that is measured.
bool IsMeasured(const api::CapacityFormula& formula);

// The response time to plan with after another one has been measured: that one if it differs from the one in use by
// kResponseTimeMovement or more, so that capacity and floor do not jitter. In whole milliseconds, at least
// one. What cannot be a mean response time (not finite, not above 0, more than a day) is no news.
inline constexpr double kResponseTimeMovement = 0.05;
std::optional<milliseconds> SettledResponseTime(std::optional<milliseconds> in_use, double measured_seconds);

}  // namespace dso::decide
