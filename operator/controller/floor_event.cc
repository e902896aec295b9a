#include "controller/floor_event.h"

#include <cstdint>
#include <cstdlib>

namespace dso::controller {
namespace {

constexpr int64_t kWorthwhilePercent = 25;
constexpr milliseconds kLongestSilence = std::chrono::minutes(10);

}  // namespace

bool IsWorthAnEvent(const std::optional<FloorEvent>& last, int before, int after, SteadyTime now) {
  if (!last || last->raised != (after > before) || now - last->at >= kLongestSilence) return true;
  return 100 * std::abs(int64_t{after} - last->floor) >= kWorthwhilePercent * last->floor;
}

}  // namespace dso::controller
