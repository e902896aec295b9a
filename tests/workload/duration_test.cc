#include "common/duration.h"

#include <gtest/gtest.h>

#include "common/user_error.h"

namespace workload {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsEachUnit) {
  EXPECT_EQ(ParseDuration("300ms"), 300ms);
  EXPECT_EQ(ParseDuration("1.5s"), 1500ms);
  EXPECT_EQ(ParseDuration("2m"), 2min);
  EXPECT_EQ(ParseDuration("24h"), 24h);
  EXPECT_EQ(ParseDuration("14d"), 14 * 24h);
  EXPECT_EQ(ParseDuration("0s"), 0s);
}

TEST(ParseDuration, AddsUpTerms) {
  EXPECT_EQ(ParseDuration("4m12s"), 252s);
  EXPECT_EQ(ParseDuration("1s500ms"), 1500ms);
}

TEST(ParseDuration, RefusesWhatIsNoDuration) {
  for (const char* text :
       {"", "5", "s", "-1s", "-0s", "5 s", "5sec", "1m30", "nan s", "infs", "1e3s", "5s ", "99999d"}) {
    EXPECT_THROW(ParseDuration(text), UserError) << text;
  }
}

TEST(FormatDuration, UsesTheLongestUnitThatFits) {
  EXPECT_EQ(FormatDuration(1200ms), "1.2s");
  EXPECT_EQ(FormatDuration(300ms), "300ms");
  EXPECT_EQ(FormatDuration(2min), "2m");
  EXPECT_EQ(FormatDuration(48h), "2d");
  EXPECT_EQ(FormatDuration(0s), "0s");
  EXPECT_EQ(FormatDuration(500us), "0.5ms");
}

}  // namespace
}  // namespace workload
