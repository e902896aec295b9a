// What was read of a service's demand, as the decisions that go beyond its value see it. Pure, thread-safe.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

namespace dso::decide {

// All in the unit of the demand.
struct SeenDemand {
  double demand = 0;                 // rejected and waiting requests included
  std::optional<double> rejected{};  // turned away with 429 or 503; unset if that is not known
  std::optional<double> waiting{};   // in a queue; unset if that is not known
};

// The same without what cannot be: a demand that is no number or not above zero is zero, a part that is no number or
// negative is not known, one that is more than the demand (they are read a moment apart) is all of it.
inline SeenDemand Plausible(const SeenDemand& seen) {
  const double demand = std::isfinite(seen.demand) && seen.demand > 0 ? seen.demand : 0;
  const auto part = [demand](std::optional<double> value) -> std::optional<double> {
    if (!value || !(*value >= 0)) return std::nullopt;
    return std::min(*value, demand);
  };
  return {.demand = demand, .rejected = part(seen.rejected), .waiting = part(seen.waiting)};
}

}  // namespace dso::decide
