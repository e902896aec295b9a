#include "calendar/event.h"

#include <fmt/format.h>

#include <cmath>

namespace dso::calendar {
namespace {

Status CheckWhen(const OneOff& when) {
  if (when.end > when.start) return {};
  return InvalidArgument(
      fmt::format("end {} is not after start {}; give a later end", FormatTime(when.end), FormatTime(when.start)));
}

Status CheckWhen(const Recurring& when) {
  if (!when.schedule.EverFires()) {
    return InvalidArgument(fmt::format(
        "schedule \"{}\" never fires, because there is no such day; give a day of the month that the month has",
        when.schedule.text()));
  }
  if (when.duration <= milliseconds(0)) {
    return InvalidArgument(
        fmt::format("duration {} is not above 0; write it as 90m or 2h", FormatDuration(when.duration)));
  }
  if (!when.schedule.HasGapLongerThan(when.duration)) {
    return InvalidArgument(
        fmt::format("duration {} is never over before the schedule \"{}\" fires again, so the event would never end; "
                    "give a shorter "
                    "duration or a schedule that fires less often",
                    FormatDuration(when.duration), when.schedule.text()));
  }
  return {};
}

Status CheckEffects(const Event& event) {
  if (!std::isfinite(event.multiplier) || event.multiplier <= 0) {
    return InvalidArgument(
        fmt::format("multiplier {} is not a number above 0; write 2 for twice the usual demand", event.multiplier));
  }
  if (event.min_replicas < 0) {
    return InvalidArgument(
        fmt::format("minReplicas {} is below 0; give 1 or more, or leave it out", event.min_replicas));
  }
  return {};
}

}  // namespace

Status Check(const Event& event) {
  Status status = std::visit([](const auto& when) { return CheckWhen(when); }, event.when);
  if (status) status = CheckEffects(event);
  if (status) return status;
  return std::move(status).error().WithContext(fmt::format("event \"{}\"", event.name));
}

std::optional<Occurrence> LastBegun(const Event& event, WallTime at_or_before) {
  if (const auto* const one_off = std::get_if<OneOff>(&event.when)) {
    if (one_off->start > at_or_before) return std::nullopt;
    return Occurrence{&event, one_off->start, one_off->end};
  }
  const auto& recurring = std::get<Recurring>(event.when);
  const auto start = recurring.schedule.Previous(recurring.clock, at_or_before);
  if (!start) return std::nullopt;
  return Occurrence{&event, *start, *start + recurring.duration};
}

std::optional<Occurrence> NextToBegin(const Event& event, WallTime after) {
  if (const auto* const one_off = std::get_if<OneOff>(&event.when)) {
    if (one_off->start <= after) return std::nullopt;
    return Occurrence{&event, one_off->start, one_off->end};
  }
  const auto& recurring = std::get<Recurring>(event.when);
  const auto start = recurring.schedule.Next(recurring.clock, after);
  if (!start) return std::nullopt;
  return Occurrence{&event, *start, *start + recurring.duration};
}

}  // namespace dso::calendar
