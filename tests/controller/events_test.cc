#include "controller/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/assess.h"
#include "controller/status_builder.h"
#include "tests/controller/taught.h"

namespace dso::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::At;
using test::Cached;
using test::kMorning;
using test::Learned;
using test::Take;
using test::Value;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr milliseconds kLead = minutes(5);
constexpr WallTime kBegin = kMorning + hours(3);
constexpr WallTime kEnd = kMorning + hours(4);

api::EventSpec Recurring(std::string schedule, std::string zone = "UTC", milliseconds duration = hours(1)) {
  return {.name = "rush",
          .when = api::RecurringSpec{std::move(schedule), std::move(zone), duration},
          .multiplier = 1,
          .min_replicas = 15};
}
api::EventSpec Campaign(double multiplier, int min_replicas) {
  return {.name = "campaign",
          .when = api::OneOffSpec{kBegin, kEnd},
          .multiplier = multiplier,
          .min_replicas = min_replicas};
}
CachedService With(std::vector<api::EventSpec> events) {
  CachedService cached = Cached();
  cached.service.spec->prediction.lead_time = kLead;
  cached.service.spec->prediction.events = std::move(events);
  return cached;
}
int FloorAt(WallTime now, double demand, const CachedService& cached, ServiceRecord& record) {
  Take(Value(demand), now, record);
  Assess(cached, nullptr, At(now), record);
  return record.decision->floor;
}

struct BadEvent {
  const char* name;
  api::EventSpec event;
  const char* field;
  const char* value;
  const char* remedy;
};
std::vector<BadEvent> BadEvents() {
  return {
      {"no schedule", Recurring("61 * * * *"), "schedule", "61", "give 0-59"},
      {"too few fields", Recurring("0 9 * *"), "schedule", "4 fields", "write five"},
      {"no such zone", Recurring("0 9 * * *", "Mars/Olympus"), "timeZone", "Mars/Olympus", "Europe/Berlin"},
      {"never fires", Recurring("0 9 30 2 *"), "schedule", "0 9 30 2 *", "give a day of the month"},
      {"never ends", Recurring("*/30 * * * *"), "duration", "1h", "give a shorter"},
      {"ends before it begins",
       {.name = "rush", .when = api::OneOffSpec{kEnd, kBegin}, .multiplier = 2, .min_replicas = 0},
       "end",
       "2026-12-01T12:00:00Z",
       "give a later end"},
      {"multiplies by nothing",
       {.name = "rush", .when = api::OneOffSpec{kBegin, kEnd}, .multiplier = 0, .min_replicas = 0},
       "multiplier",
       "0",
       "write 2"},
  };
}

TEST(PlanEvents, OneThatCannotBeKeptCostsItselfOnly) {
  for (const BadEvent& bad : BadEvents()) {
    SCOPED_TRACE(bad.name);
    const PlannedEvents planned = PlanEvents({Campaign(1, 7), bad.event, Campaign(3, 0)});
    EXPECT_THAT(planned.problem,
                AllOf(HasSubstr("\"rush\""), HasSubstr(bad.field), HasSubstr(bad.value), HasSubstr(bad.remedy)));
    const decide::EventsAhead ahead = AskCalendar(planned.calendar, kBegin, kLead);
    EXPECT_EQ(ahead.min_replicas, 7);
    EXPECT_EQ(ahead.multiplier, 3);
  }
}

TEST(PlanEvents, NamesEachThatCannotBeKept) {
  api::EventSpec other = Recurring("never");
  other.name = "sale";
  EXPECT_THAT(PlanEvents({Recurring("61 * * * *"), other}).problem,
              AllOf(HasSubstr("\"rush\""), HasSubstr("\"sale\"")));
  EXPECT_THAT(PlanEvents({Campaign(2, 7)}).problem, IsEmpty());
}

TEST(PlanEvents, ASchedulesHoursAreThoseOfItsZone) {
  const PlannedEvents planned = PlanEvents({Recurring("0 14 * * *", "Asia/Shanghai")});  // 06:00 UTC
  EXPECT_EQ(AskCalendar(planned.calendar, kMorning - hours(3), minutes(0)).min_replicas, 15);
  EXPECT_EQ(AskCalendar(planned.calendar, kMorning - hours(2), minutes(0)).min_replicas, 0);
}

TEST(AskCalendar, NamesWhoAsks) {
  const PlannedEvents planned = PlanEvents({Campaign(2, 0), Recurring("0 12 * * *")});
  const decide::EventsAhead ahead = AskCalendar(planned.calendar, kBegin - kLead, kLead);
  EXPECT_EQ(ahead.multiplied_by, "campaign");
  EXPECT_EQ(ahead.raised_by, "rush");
  EXPECT_EQ(AskCalendar(planned.calendar, kBegin - kLead - milliseconds(1), kLead).raised_by, "");
}

TEST(Events, ABadOneIsAConditionAndTheFloorGoesOn) {
  for (const BadEvent& bad : BadEvents()) {
    SCOPED_TRACE(bad.name);
    const CachedService cached = With({bad.event, Campaign(1, 12)});
    ServiceRecord record = Learned(cached);
    EXPECT_EQ(FloorAt(kMorning, 95, cached, record), 10) << "of the demand";
    EXPECT_EQ(FloorAt(kBegin, 95, cached, record), 12) << "of the other event";
    const api::ServiceStatus status = BuildStatus(cached, record, nullptr, kBegin);
    const api::Condition* const condition = api::FindCondition(status.conditions, api::kEventsScheduled);
    ASSERT_NE(condition, nullptr);
    EXPECT_EQ(condition->status, api::ConditionStatus::kFalse);
    EXPECT_EQ(condition->reason, "InvalidEvent");
    EXPECT_THAT(condition->message, AllOf(HasSubstr("spec.prediction.events"), HasSubstr("\"rush\""),
                                          HasSubstr(bad.value), HasSubstr(bad.remedy)));
    EXPECT_EQ(status.floor->current, 12);
  }
}

TEST(Events, TheConditionFollowsTheSpec) {
  CachedService cached = With({Recurring("61 * * * *")});
  ServiceRecord record = Learned(cached);
  const auto condition = [&] {
    Assess(cached, nullptr, At(kMorning), record);
    const api::ServiceStatus status = BuildStatus(cached, record, nullptr, kMorning);
    const api::Condition* found = api::FindCondition(status.conditions, api::kEventsScheduled);
    return found == nullptr ? "" : found->reason;
  };
  EXPECT_EQ(condition(), "InvalidEvent");
  cached.service.spec->prediction.events = {Recurring("1 * * * *", "UTC", minutes(10))};
  EXPECT_EQ(condition(), "Scheduled");
  cached.service.spec->prediction.events.clear();
  EXPECT_EQ(condition(), "");
}

TEST(Events, RaiseTheFloorALeadBeforeTheyBegin) {
  const CachedService cached = With({Campaign(1, 15)});
  ServiceRecord record = Learned(cached);
  EXPECT_EQ(FloorAt(kBegin - kLead - milliseconds(1), 10, cached, record), 2);
  EXPECT_EQ(FloorAt(kBegin - kLead, 10, cached, record), 15);
  EXPECT_EQ(record.decision->reason, decide::FloorReason::kEvent);
  EXPECT_EQ(record.decision->event, 15);
  EXPECT_THAT(record.decision->explanation, HasSubstr("campaign"));
  EXPECT_EQ(FloorAt(kEnd - seconds(1), 10, cached, record), 15);
  EXPECT_EQ(FloorAt(kEnd + minutes(4), 10, cached, record), 15) << "the window";
  for (WallTime at = kEnd + minutes(5); at < kEnd + minutes(30); at += seconds(30)) FloorAt(at, 10, cached, record);
  EXPECT_EQ(record.decision->floor, 2);
}

TEST(Events, MultiplyTheForecastALeadBeforeTheyBegin) {
  const CachedService cached = With({Campaign(3, 0)});
  ServiceRecord record = test::Taught(cached, test::Always(40));
  const auto floor_after = [&](WallTime until) {
    for (WallTime at = until - minutes(2); at <= until; at += seconds(30)) FloorAt(at, 40, cached, record);
    return record.decision->floor;
  };
  const int usual = floor_after(kBegin - kLead - milliseconds(1));
  EXPECT_LE(usual, 5);
  EXPECT_GE(FloorAt(kBegin - kLead, 40, cached, record), 12);
  EXPECT_EQ(record.decision->reason, decide::FloorReason::kForecast);
}

TEST(Events, AreKeptWithoutDemandToo) {
  CachedService cached = With({Campaign(1, 15)});
  cached.service.spec->demand.reset();
  cached.service.spec->capacity.reset();
  ServiceRecord record;
  Assess(cached, nullptr, At(kBegin - kLead), record);
  EXPECT_EQ(record.decision->floor, 15);
}

}  // namespace
}  // namespace dso::controller
