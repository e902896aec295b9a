#include "rpc/forecast_path.h"

#include <algorithm>

namespace dso::rpc {
namespace {

constexpr int64_t kUsualPoints = 120;
constexpr milliseconds kShortestUsualStep = std::chrono::minutes(1);

}  // namespace

milliseconds StepOf(milliseconds horizon, milliseconds asked) {
  if (asked > milliseconds(0)) return asked;
  // Whole seconds, rounded up.
  const milliseconds even = std::chrono::ceil<seconds>(horizon / kUsualPoints);
  return std::min(std::max(even, kShortestUsualStep), std::max<milliseconds>(horizon, milliseconds(1)));
}

}  // namespace dso::rpc
