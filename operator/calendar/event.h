// What is known before it happens: a campaign, a batch job, a holiday. Value types; const access is thread-safe.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/result.h"
#include "base/time.h"
#include "calendar/cron.h"
#include "calendar/local_clock.h"

namespace dso::calendar {

// Every occurrence is half-open: [start, end).
struct OneOff {
  WallTime start;
  WallTime end;
};

// From each time that the schedule fires, for as long as `duration`.
struct Recurring {
  CronSchedule schedule;
  LocalClock clock;
  milliseconds duration;
};

struct Event {
  std::string name;
  std::variant<OneOff, Recurring> when;
  double multiplier = 1;  // of the demand that is expected without the event; 1 says nothing about it
  int min_replicas = 0;   // at least so many as long as it lasts; 0: says nothing about them
};

// kInvalidArgument with the event's name, the field, its value and the remedy where
//   end          is not after start
//   schedule     never fires
//   duration     is not above 0, or so long that the event never ends: the next time always comes first
//   multiplier   is not finite or not above 0
//   minReplicas  is below 0
Status Check(const Event& event);

struct Occurrence {
  const Event* event = nullptr;
  WallTime start;
  WallTime end;
};

// The one that began last of those that begin at or before a moment: where a moment lies in any, it lies in this one.
std::optional<Occurrence> LastBegun(const Event& event, WallTime at_or_before);
// The first one that begins after a moment.
std::optional<Occurrence> NextToBegin(const Event& event, WallTime after);

}  // namespace dso::calendar
