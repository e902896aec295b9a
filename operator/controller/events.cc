#include "controller/events.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "zones/zones.h"

namespace dso::controller {
namespace {

// What is wrong with the event as a whole is said by calendar::Check, which names the event itself.
Result<calendar::Event> EventOf(const api::EventSpec& spec) {
  calendar::Event event{spec.name, calendar::OneOff{}, spec.multiplier, spec.min_replicas};
  if (const auto* once = std::get_if<api::OneOffSpec>(&spec.when)) {
    event.when = calendar::OneOff{once->start, once->end};
  } else {
    const auto& recurring = std::get<api::RecurringSpec>(spec.when);
    auto schedule = calendar::CronSchedule::Parse(recurring.schedule);
    if (!schedule) {
      return InvalidArgument(fmt::format("event \"{}\": schedule: {}", spec.name, schedule.error().message));
    }
    auto clock = zones::ClockOf(recurring.time_zone);
    if (!clock) return InvalidArgument(fmt::format("event \"{}\": timeZone: {}", spec.name, clock.error().message));
    event.when = calendar::Recurring{*std::move(schedule), *std::move(clock), recurring.duration};
  }
  if (Status sane = calendar::Check(event); !sane) return std::move(sane).error();
  return event;
}

}  // namespace

PlannedEvents PlanEvents(const std::vector<api::EventSpec>& events) {
  PlannedEvents planned;
  std::vector<calendar::Event> kept;
  for (const api::EventSpec& spec : events) {
    Result<calendar::Event> event = EventOf(spec);
    if (event) {
      kept.push_back(*std::move(event));
    } else {
      planned.problem += (planned.problem.empty() ? "" : "; ") + event.error().message;
    }
  }
  planned.calendar = calendar::EventCalendar(std::move(kept));
  return planned;
}

decide::EventsAhead AskCalendar(const calendar::EventCalendar& calendar, WallTime now, milliseconds lead) {
  const calendar::Outlook outlook = calendar.Over(now, now + lead);
  decide::EventsAhead ahead;
  ahead.multiplier = outlook.multiplier;
  ahead.min_replicas = outlook.min_replicas;
  if (outlook.multiplied_by != nullptr) ahead.multiplied_by = outlook.multiplied_by->name;
  if (outlook.raised_by != nullptr) ahead.raised_by = outlook.raised_by->name;
  return ahead;
}

}  // namespace dso::controller
