#include "decide/survival.h"

#include <algorithm>
#include <tuple>

namespace dso::decide {
namespace {

constexpr double kRounding = 1e-9;  // of a product of up to some thousand factors

}  // namespace

std::optional<milliseconds> QuantileOf(std::vector<Lifetime> lifetimes, double quantile) {
  // Of equal lengths the ended ones first: what is lost sight of at t was still under way when the others ended.
  std::sort(lifetimes.begin(), lifetimes.end(), [](const Lifetime& a, const Lifetime& b) {
    return std::tuple(a.length, !a.ended) < std::tuple(b.length, !b.ended);
  });
  double survivors = 1;
  auto under_way = static_cast<double>(lifetimes.size());
  for (const Lifetime& lifetime : lifetimes) {
    if (lifetime.ended) survivors *= 1 - 1 / under_way;
    if (lifetime.ended && survivors <= 1 - quantile + kRounding) return lifetime.length;
    --under_way;
  }
  return std::nullopt;
}

}  // namespace dso::decide
