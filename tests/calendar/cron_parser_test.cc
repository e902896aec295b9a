#include "calendar/cron_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dso::calendar {
namespace {

using testing::HasSubstr;

constexpr uint64_t Bits(std::initializer_list<int> bits) {
  uint64_t mask = 0;
  for (const int bit : bits) mask |= uint64_t{1} << bit;
  return mask;
}
constexpr uint64_t Range(int first, int last) { return (~uint64_t{0} >> (63 - last)) & (~uint64_t{0} << first); }

CronFields Parsed(std::string_view text) {
  const auto fields = ParseCron(text);
  EXPECT_TRUE(fields) << text << ": " << (fields ? "" : fields.error().message);
  return fields ? *fields : CronFields{};
}

TEST(ParseCron, AnyIsTheWholeRange) {
  for (const char* text : {"* * * * *", "? ? ? ? ?", " *\t* *  * * \n", "*/1 ?/1 */1 */1 */1"}) {
    const CronFields fields = Parsed(text);
    EXPECT_EQ(fields.minutes, Range(0, 59));
    EXPECT_EQ(fields.hours, Range(0, 23));
    EXPECT_EQ(fields.month_days, Range(1, 31));
    EXPECT_EQ(fields.months, Range(1, 12));
    EXPECT_EQ(fields.weekdays, Range(0, 6));
    EXPECT_FALSE(fields.either_day);
  }
}

TEST(ParseCron, ReadsMembersOfLists) {
  EXPECT_EQ(Parsed("5 * * * *").minutes, Bits({5}));
  EXPECT_EQ(Parsed("05 * * * *").minutes, Bits({5}));
  EXPECT_EQ(Parsed("5-8 * * * *").minutes, Bits({5, 6, 7, 8}));
  EXPECT_EQ(Parsed("5-5 * * * *").minutes, Bits({5}));
  EXPECT_EQ(Parsed("*/15 * * * *").minutes, Bits({0, 15, 30, 45}));
  EXPECT_EQ(Parsed("?/15 * * * *").minutes, Bits({0, 15, 30, 45}));
  EXPECT_EQ(Parsed("40/5 * * * *").minutes, Bits({40, 45, 50, 55}));
  EXPECT_EQ(Parsed("1-10/4 * * * *").minutes, Bits({1, 5, 9}));
  EXPECT_EQ(Parsed("7/100 * * * *").minutes, Bits({7}));
  EXPECT_EQ(Parsed("0/4294967295 * * * *").minutes, Bits({0}));
  EXPECT_EQ(Parsed("0,30,45-47,50/4 * * * *").minutes, Bits({0, 30, 45, 46, 47, 50, 54, 58}));
  EXPECT_EQ(Parsed("0 0 */10 * *").month_days, Bits({1, 11, 21, 31}));
}

TEST(ParseCron, ReadsNamesInAnyCase) {
  EXPECT_EQ(Parsed("0 0 * jan,DEC,Jun *").months, Bits({1, 6, 12}));
  EXPECT_EQ(Parsed("0 0 * feb-apr *").months, Bits({2, 3, 4}));
  EXPECT_EQ(Parsed("0 0 * * mon-fri").weekdays, Bits({1, 2, 3, 4, 5}));
  EXPECT_EQ(Parsed("0 0 * * SUN,wed/2").weekdays, Bits({0, 3, 5}));
}

// https://github.com/robfig/cron/blob/v3.0.1/spec.go, dayMatches; the parser drops the star of a step above 1.
TEST(ParseCron, EitherDayIsEnoughWhereBothAreRestricted) {
  for (const char* text : {"0 0 1 * mon", "0 0 */2 * mon", "0 0 1 * */2", "0 0 1-31 * 0"}) {
    EXPECT_TRUE(Parsed(text).either_day) << text;
  }
  for (const char* text : {"0 0 * * mon", "0 0 1 * *", "0 0 ? * mon", "0 0 1 * ?", "0 0 5,* * mon", "0 0 */1 * mon"}) {
    EXPECT_FALSE(Parsed(text).either_day) << text;
  }
}

TEST(ParseCron, ReadsDescriptors) {
  const auto same = [](std::string_view descriptor, std::string_view text) {
    const CronFields a = Parsed(descriptor);
    const CronFields b = Parsed(text);
    EXPECT_EQ(a.minutes, b.minutes) << descriptor;
    EXPECT_EQ(a.hours, b.hours) << descriptor;
    EXPECT_EQ(a.month_days, b.month_days) << descriptor;
    EXPECT_EQ(a.months, b.months) << descriptor;
    EXPECT_EQ(a.weekdays, b.weekdays) << descriptor;
    EXPECT_EQ(a.either_day, b.either_day) << descriptor;
  };
  same("@hourly", "0 * * * *");
  same("@daily", "0 0 * * *");
  same(" @midnight ", "0 0 * * *");
  same("@weekly", "0 0 * * sun");
  same("@monthly", "0 0 1 * *");
  same("@yearly", "0 0 1 1 *");
  same("@annually", "0 0 1 1 *");
}

TEST(ParseCron, SaysWhatIsWrongAndWhatToWrite) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> cases{
      {"", {"empty", "0 9 * * mon-fri"}},
      {"  \t", {"empty"}},
      {"* * * *", {"4 fields", "five"}},
      {"0 0 9 * * *", {"\"0 0 9 * * *\"", "6 fields", "five"}},
      {"60 * * * *", {"minute \"60\"", "0-59"}},
      {"-1 * * * *", {"minute \"\" in \"-1\"", "0-59"}},
      {"+5 * * * *", {"minute \"+5\"", "0-59"}},
      {"99999999999999999999 * * * *", {"minute \"99999999999999999999\""}},
      {"* 24 * * *", {"hour \"24\"", "0-23"}},
      {"* * 0 * *", {"day of the month \"0\"", "1-31"}},
      {"* * mon * *", {"day of the month \"mon\""}},
      {"* * * 13 *", {"month \"13\"", "jan-dec"}},
      {"* * * january *", {"month \"january\"", "jan-dec"}},
      {"* * * * 7", {"day of the week \"7\"", "Sunday is 0"}},
      {"* * * * 1-7", {"day of the week \"7\"", "Sunday is 0"}},
      {"* * * * fri-mon", {"\"fri-mon\"", "ends before it begins", "list"}},
      {"1,,2 * * * *", {"minute \"\""}},
      {", * * * *", {"minute \"\""}},
      {"*-5 * * * *", {"minute \"*\"", "0-59"}},
      {"1-2-3 * * * *", {"minute \"2-3\""}},
      {"5- * * * *", {"minute \"\" in \"5-\""}},
      {"*/0 * * * *", {"\"*/0\" of the minute", "above 0"}},
      {"*/ * * * *", {"\"*/\" of the minute"}},
      {"*/-1 * * * *", {"\"*/-1\""}},
      {"1/2/3 * * * *", {"\"1/2/3\""}},
      {"*/4294967296 * * * *", {"\"*/4294967296\""}},
      {"** * * * *", {"minute \"**\""}},
      {"L * * * *", {"minute \"L\""}},
      {"TZ=UTC 0 0 * * *", {"time zone", "timeZone"}},
      {"CRON_TZ=Europe/Berlin 0 0 * * *", {"time zone", "timeZone"}},
      {"@every 1h", {"@every", "*/10 * * * *"}},
      {"@reboot", {"@reboot", "@hourly"}},
      {"@Daily", {"@daily"}},
      {"@daily 5", {"by itself"}},
  };
  for (const auto& [text, parts] : cases) {
    const auto fields = ParseCron(text);
    ASSERT_FALSE(fields) << text;
    EXPECT_EQ(fields.error().code, ErrorCode::kInvalidArgument);
    for (const char* part : parts) EXPECT_THAT(fields.error().message, HasSubstr(part)) << text;
  }
}

TEST(ParseCron, DoesNotRepeatControlCharacters) {
  for (const std::string& text :
       {std::string("\x1b[31m * * * *"), std::string("\0 * * * *", 9), std::string("\xC3\xA4 * * * *")}) {
    const auto fields = ParseCron(text);
    ASSERT_FALSE(fields);
    EXPECT_THAT(fields.error().message, HasSubstr("a character"));
  }
  EXPECT_THAT(ParseCron("61 *\n* * *").error().message, HasSubstr("\"61 * * * *\""));
}

}  // namespace
}  // namespace dso::calendar
