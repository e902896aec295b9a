#include "decide/lead.h"

#include <gtest/gtest.h>

namespace dso::decide {
namespace {

using std::chrono::hours;

StartUpEstimate Taking(milliseconds p90) {
  StartUpEstimate estimate;
  estimate.p90 = p90;
  return estimate;
}

TEST(Lead, IsAllThatPassesBeforeAPodCarries) {
  EXPECT_EQ(LeadFor(Taking(seconds(60)), seconds(15), seconds(10)), seconds(100));
  EXPECT_EQ(LeadFor(Taking(seconds(60)), seconds(15), seconds(-5)), seconds(90)) << "a sample of a clock that is ahead";
  EXPECT_EQ(LeadFor(Taking(hours(6)), seconds(15), seconds(10)), kLongestLead);
}

TEST(SettledLead, StaysUntilItIsTooShortOrMuchTooLong) {
  struct Case {
    const char* name;
    milliseconds in_force, wanted, expected;
  };
  for (const auto& [name, in_force, wanted, expected] :
       {Case{"the first", seconds(0), seconds(300), seconds(300)},
        {"the same", seconds(300), seconds(300), seconds(300)},
        {"a little shorter", seconds(300), seconds(240), seconds(300)},
        {"much shorter", seconds(300), seconds(239), seconds(239)},
        {"a little longer", seconds(300), seconds(301), milliseconds(331'100)},
        {"much longer", seconds(300), seconds(600), seconds(660)},
        {"nearly the longest", seconds(300), seconds(21'000), kLongestLead},
        {"the longest", seconds(300), kLongestLead, kLongestLead}}) {
    EXPECT_EQ(SettledLead(in_force, wanted), expected) << name;
  }
}

TEST(SettledLead, FollowsAPodThatDoesNotStartInFewSteps) {
  milliseconds in_force = seconds(60);
  int changes = 0;
  for (milliseconds wanted = in_force; wanted < hours(6); wanted += seconds(15)) {
    const milliseconds next = SettledLead(in_force, wanted);
    ASSERT_GE(next, wanted);
    ASSERT_LE(next, wanted * 5 / 4 + milliseconds(1));
    changes += next != in_force ? 1 : 0;
    in_force = next;
  }
  EXPECT_LE(changes, 60) << "of 1,436 syncs";
}

}  // namespace
}  // namespace dso::decide
