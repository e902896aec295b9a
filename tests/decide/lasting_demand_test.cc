#include "decide/lasting_demand.h"

#include <gtest/gtest.h>

namespace dso::decide {
namespace {

using std::chrono::seconds;

SteadyTime At(int second) { return SteadyTime(seconds(second)); }

TEST(LastingDemand, IsTheMinimumOverTheWindow) {
  LastingDemand demand;
  EXPECT_EQ(demand.Minimum(At(0), seconds(60), 7), 7) << "nothing has been noted";
  demand.Note(At(0), 5);
  demand.Note(At(10), 20);
  demand.Note(At(20), 10);
  EXPECT_EQ(demand.Minimum(At(20), seconds(60), 7), 5);
  EXPECT_EQ(demand.Minimum(At(59), seconds(60), 7), 5);
  EXPECT_EQ(demand.Minimum(At(60), seconds(60), 7), 10) << "the window is open at its start";
  demand.Note(At(61), 0);
  EXPECT_EQ(demand.Minimum(At(61), seconds(60), 7), 0);
}

TEST(LastingDemand, RemembersTheNewestHoweverOld) {
  LastingDemand demand;
  demand.Note(At(0), 5);
  EXPECT_EQ(demand.Minimum(At(1000), seconds(60), 7), 5);
}

}  // namespace
}  // namespace dso::decide
