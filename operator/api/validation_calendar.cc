// spec.prediction.events and holidays: what the calendar knows and the history does not.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "api/text_patterns.h"
#include "api/validation_parts.h"

namespace dso::api {
namespace {

constexpr size_t kMaxEvents = 32;
constexpr size_t kMaxHolidays = 400;
constexpr size_t kMaxScheduleLength = 100;
constexpr size_t kMaxTimeZoneLength = 64;
constexpr DecimalRange kMultiplier{0, 100};
constexpr DurationRange kEventDuration{std::chrono::minutes(1), std::chrono::days(30)};

OneOffSpec ReadOneOff(const Field& event) {
  OneOffSpec out;
  event["start"].Require("say when the event starts, such as \"2026-12-01T09:00:00Z\"");
  event["end"].Require("an event that never ends is what replicas.min is for; say when it ends");
  const auto start = event["start"].Time();
  const auto end = event["end"].Time();
  if (!start || !end) return out;
  if (*end <= *start) {
    event["end"].Problem(
        fmt::format("{} is not after start, {}; give a later one", event["end"].Shown(), event["start"].Shown()));
  }
  return {*start, *end};
}

// The syntax of the schedule is judged where it is used: see EventSpec.
RecurringSpec ReadRecurring(const Field& event) {
  RecurringSpec out;
  const Field schedule = event["schedule"];
  schedule.Require("say when the event starts, such as \"30 9 * * 1-5\"");
  event["duration"].Require("an event that never ends is what replicas.min is for; say how long it lasts, such as 1h");
  out.schedule = schedule.String(kMaxScheduleLength).value_or("");
  if (!out.schedule.empty() && !IsPrintable(out.schedule)) {
    schedule.Problem(schedule.Shown() + " is not five fields of a cron schedule; write it as \"30 9 * * 1-5\"");
  }
  out.duration = event["duration"].Duration(kEventDuration).value_or(out.duration);
  out.time_zone = ReadTimeZone(event["timeZone"]).value_or("UTC");
  return out;
}

std::variant<OneOffSpec, RecurringSpec> ReadWhen(const Field& event) {
  const bool once = event["start"].present() || event["end"].present();
  const bool recurs = event["schedule"].present() || event["duration"].present();
  if (event["timeZone"].present() && !event["schedule"].present()) {
    event["timeZone"].Problem("goes with schedule only; start and end have an offset of their own, remove it");
  }
  if (once == recurs) {
    event.Problem("give either start and end, or schedule and duration");
    return OneOffSpec{};
  }
  if (recurs) return ReadRecurring(event);
  return ReadOneOff(event);
}

EventSpec ReadEvent(const Field& event) {
  EventSpec out;
  if (!event.Require("remove the empty entry") || !event.IsObject()) return out;
  event["name"].Require("give the event a name, such as \"launch\"");
  out.name = ReadLabel(event["name"]).value_or("");
  out.when = ReadWhen(event);
  out.multiplier = event["multiplier"].Decimal(kMultiplier).value_or(out.multiplier);
  out.min_replicas = event["minReplicas"].Integer(1, kMaxReplicas).value_or(out.min_replicas);
  if (!event["multiplier"].present() && !event["minReplicas"].present()) {
    event.Problem("asks for nothing; give multiplier or minReplicas");
  }
  return out;
}

}  // namespace

std::optional<std::string> ReadTimeZone(const Field& field) {
  auto name = field.String(kMaxTimeZoneLength);
  const auto belongs = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '+' || c == '-' || c == '/'; };
  if (name && !std::all_of(name->begin(), name->end(), belongs)) {
    field.Problem("is no name of a time zone; give one such as UTC or Europe/Berlin");
    return std::nullopt;
  }
  return name;
}

std::vector<EventSpec> ReadEvents(const Field& events) {
  std::vector<EventSpec> out;
  std::map<std::string, std::string> path_of;
  if (!HasAtMost(events, kMaxEvents)) return out;
  for (const Field& entry : events.Elements()) {
    EventSpec event = ReadEvent(entry);
    const auto [first, is_new] = path_of.emplace(event.name, entry.path());
    if (!is_new && !event.name.empty()) {
      entry.Problem(
          fmt::format("has the name of {}, \"{}\"; names are unique, give it another", first->second, event.name));
    }
    out.push_back(std::move(event));
  }
  return out;
}

std::vector<int64_t> ReadHolidays(const Field& holidays) {
  std::set<int64_t> days;
  if (!HasAtMost(holidays, kMaxHolidays)) return {};
  for (const Field& entry : holidays.Elements()) {
    if (!entry.Require("remove the empty entry")) continue;
    const auto date = entry.Date();
    if (date && !days.insert(date->time_since_epoch().count()).second) {
      entry.Problem(entry.Shown() + " is in the list twice; remove one");
    }
  }
  return {days.begin(), days.end()};
}

}  // namespace dso::api
