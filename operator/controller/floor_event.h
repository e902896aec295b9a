// Which of the floors that are written make an Event: a floor that follows a load up for an hour is a handful of them,
// not one for each replica. Pure, thread-safe.
#pragma once

#include <optional>

#include "base/time.h"

namespace dso::controller {

// The last Event about a floor.
struct FloorEvent {
  bool raised = false;
  int floor = 0;  // that it has told of
  SteadyTime at{};
};

// Whether the step from `before` to `after` makes one: the other way than the last, a quarter or more away from it, or
// ten minutes after it. Precondition: before != after.
bool IsWorthAnEvent(const std::optional<FloorEvent>& last, int before, int after, SteadyTime now);

}  // namespace dso::controller
