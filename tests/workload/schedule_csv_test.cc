#include "load/schedule_csv.h"

#include <gtest/gtest.h>

#include <sstream>

#include "common/user_error.h"

namespace workload {
namespace {

std::vector<RatePoint> Read(const std::string& text) {
  std::istringstream input(text);
  return ReadScheduleCsv(input, "s.csv");
}

std::string ErrorOf(const std::string& text) {
  try {
    Read(text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ReadScheduleCsv, ShiftsTheFirstRowToZero) {
  const auto points = Read("timestamp,value\n2026-01-05T08:00:00Z,1\n2026-01-05T08:01:00Z,2.5\n");
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].at, Seconds(0));
  EXPECT_EQ(points[1].at, Seconds(60));
  EXPECT_EQ(points[1].requests_per_second, 2.5);
}

TEST(ReadScheduleCsv, TakesWhatSpreadsheetsWrite) {
  const auto points = Read("\xEF\xBB\xBFtime , demand\r\n\r\n1767600000, 3\r\n1767600060 ,4\r\n\r\n");
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[1].at, Seconds(60));
  EXPECT_EQ(Read("100,1\n200,2").size(), 2u);
}

TEST(ReadScheduleCsv, NamesLineReasonAndRemedy) {
  EXPECT_EQ(ErrorOf("t,v\n100,1\n200,-2\n"),
            "s.csv:3: value \"-2\": use a finite number of at least 0, or leave out the row of a missing sample");
  EXPECT_EQ(
      ErrorOf("100,1\n100,2\n"),
      "s.csv:2: timestamp \"100\" is the same as in the row before: sort the rows by time and keep one for each time");
  EXPECT_EQ(ErrorOf("t,v\nt,v\n"), "s.csv:2: \"t,v\" is a second header: remove it");
  EXPECT_EQ(ErrorOf("100;1\n"), "s.csv:1: \"100;1\" is not two fields: write timestamp,value");
  EXPECT_EQ(ErrorOf("t,v\n1,2\n"), "s.csv: 1 rows: a schedule needs at least two, timestamp,value each");
}

TEST(ReadScheduleCsv, RefusesWhatIsNoRate) {
  for (const char* value : {"nan", "inf", "", "1x", "-0.1"}) {
    EXPECT_NE(ErrorOf(std::string("100,") + value + "\n").find("s.csv:1: value"), std::string::npos) << value;
  }
  EXPECT_NE(ErrorOf("100,1\n99,1\n").find("before that of the row before"), std::string::npos);
  EXPECT_NE(ErrorOf("soon,1\n").find("timestamp \"soon\""), std::string::npos);
}

}  // namespace
}  // namespace workload
