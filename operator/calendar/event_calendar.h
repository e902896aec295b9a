// What the events of a service say about the time ahead. Const access is thread-safe. Copying makes other events: the
// pointers in answers are to those of the calendar that was asked, and live as long as it does.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"
#include "calendar/event.h"

namespace dso::calendar {

// What a window of time asks for, and because of which event (null: of none).
struct Outlook {
  double multiplier = 1;
  const Event* multiplied_by = nullptr;
  int min_replicas = 0;
  const Event* raised_by = nullptr;
};

class EventCalendar {
 public:
  EventCalendar() = default;
  // Events as Check likes them. Of equals, the first is the one that is named.
  explicit EventCalendar(std::vector<Event> events) : events_(std::move(events)) {}

  // Of the events that last at a moment and have a multiplier (one that is not 1) the largest; without any, 1.
  double MultiplierAt(WallTime at) const { return Over(at, at).multiplier; }

  // Over all moments of [from, to]: the largest of MultiplierAt, which is below 1 only if such events last throughout,
  // and the largest min_replicas of events of which a part lies in it. Precondition: from <= to.
  Outlook Over(WallTime from, WallTime to) const;

  // The occurrence that begins first of those that begin after a moment.
  std::optional<Occurrence> NextAfter(WallTime after) const;

 private:
  // Whether at every moment of [from, to] an event with a multiplier lasts.
  bool IsMultipliedThroughout(WallTime from, WallTime to) const;

  std::vector<Event> events_;
};

}  // namespace dso::calendar
