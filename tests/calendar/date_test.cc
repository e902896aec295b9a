#include "calendar/date.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dso::calendar {
namespace {

using std::chrono::local_days;
using std::chrono::year;
using testing::HasSubstr;

TEST(ParseDate, ReadsDays) {
  EXPECT_EQ(*ParseDate("2026-12-25"), local_days(year{2026} / 12 / 25));
  EXPECT_EQ(*ParseDate("2024-02-29"), local_days(year{2024} / 2 / 29));
  EXPECT_EQ(ParseDate("1970-01-02")->time_since_epoch().count(), 1);
  EXPECT_EQ(ParseDate("1969-12-31")->time_since_epoch().count(), -1);
}

TEST(ParseDate, RefusesWhatIsNoDate) {
  for (const char* text : {"", "2026-02-29", "2026-13-01", "2026-00-10", "2026-12-32", "26-12-25", "2026-12-25 ",
                           "2026/12/25", "25.12.2026", "2026-12-25T00:00:00Z", "2026-1-2", "+026-12-25", "tomorrow"}) {
    const auto date = ParseDate(text);
    ASSERT_FALSE(date) << text;
    EXPECT_EQ(date.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(date.error().message, HasSubstr("write it as 2026-12-25")) << "says what to give";
  }
}

}  // namespace
}  // namespace dso::calendar
