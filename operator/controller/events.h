// The events that a spec declares, as the calendar that decisions ask. Thread-safe.
#pragma once

#include <string>

#include "api/spec.h"
#include "calendar/event_calendar.h"
#include "decide/snapshot.h"

namespace dso::controller {

struct PlannedEvents {
  calendar::EventCalendar calendar;  // of those that can be kept
  std::string problem;               // which cannot, and why; empty if all can
};

// A schedule that cannot be read, never fires or never ends, or a zone that is not in the system's database, costs its
// event and no other.
PlannedEvents PlanEvents(const std::vector<api::EventSpec>& events);

// What the calendar says about the time from `now` to the end of the lead.
decide::EventsAhead AskCalendar(const calendar::EventCalendar& calendar, WallTime now, milliseconds lead);

}  // namespace dso::controller
