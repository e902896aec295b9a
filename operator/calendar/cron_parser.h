// Reads the schedules of Kubernetes' CronJobs. Pure, thread-safe.
#pragma once

#include <string_view>

#include "base/result.h"
#include "calendar/cron_fields.h"

namespace dso::calendar {

// "minute hour day-of-month month day-of-week" or a descriptor such as @daily, as the standard parser of robfig/cron v3
// reads them, which is Kubernetes' own (https://pkg.go.dev/github.com/robfig/cron/v3#hdr-CRON_Expression_Format):
//
//   *  ?            any; in both fields of days: the other one decides
//   5  mon  jan     a number or, in any case, a name
//   1-5  mon-fri    from, to
//   */15  10-30/5   every so many from the first one; 10/5 is 10-59/5
//   1,15,20-25      any of these
//
// Where neither field of days is *, ? or */1, one of them is enough. Of what the standard parser takes, this does not:
// a time zone (TZ=, CRON_TZ=), @every, empty members of lists ("1,,2"), signs ("+5") and ranges from * ("*-5").
// kInvalidArgument says what is wrong and what to write; the schedule fires never if such a day does not exist (30
// Feb).
Result<CronFields> ParseCron(std::string_view text);

}  // namespace dso::calendar
