#include "calendar/event_calendar.h"

#include <algorithm>

namespace dso::calendar {

Outlook EventCalendar::Over(WallTime from, WallTime to) const {
  Outlook outlook;
  const Event* largest = nullptr;  // multiplier
  for (const Event& event : events_) {
    const std::optional<Occurrence> last = LastBegun(event, to);
    if (!last || last->end <= from) continue;
    if (event.multiplier != 1 && (largest == nullptr || event.multiplier > largest->multiplier)) largest = &event;
    if (event.min_replicas > outlook.min_replicas) {
      outlook.min_replicas = event.min_replicas;
      outlook.raised_by = &event;
    }
  }
  if (largest != nullptr && (largest->multiplier > 1 || IsMultipliedThroughout(from, to))) {
    outlook.multiplier = largest->multiplier;
    outlook.multiplied_by = largest;
  }
  return outlook;
}

bool EventCalendar::IsMultipliedThroughout(WallTime from, WallTime to) const {
  for (WallTime open = from; open <= to;) {
    WallTime end = open;
    for (const Event& event : events_) {
      if (event.multiplier == 1) continue;
      if (const auto last = LastBegun(event, open)) end = std::max(end, last->end);
    }
    if (end == open) return false;
    open = end;
  }
  return true;
}

std::optional<Occurrence> EventCalendar::NextAfter(WallTime after) const {
  std::optional<Occurrence> first;
  for (const Event& event : events_) {
    const std::optional<Occurrence> next = NextToBegin(event, after);
    if (next && (!first || next->start < first->start)) first = next;
  }
  return first;
}

}  // namespace dso::calendar
