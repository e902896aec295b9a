#include "decide/floor_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace dso::decide {
namespace {

constexpr milliseconds kLength = seconds(300);
constexpr SteadyTime At(int second) { return SteadyTime(seconds(second)); }

TEST(FloorWindow, IsZeroBeforeAnythingIsNoted) { EXPECT_EQ(FloorWindow().Maximum(At(0), kLength), 0); }

TEST(FloorWindow, RemembersTheHighestForItsLengthAndNoLonger) {
  FloorWindow window;
  window.Note(At(0), 9);
  window.Note(At(100), 4);
  EXPECT_EQ(window.Maximum(At(299), kLength), 9);
  EXPECT_EQ(window.Maximum(At(300), kLength), 4);
}

TEST(FloorWindow, ComesDownByEverySmallerPeak) {
  FloorWindow window;
  window.Note(At(0), 9);
  window.Note(At(100), 7);
  window.Note(At(200), 5);
  EXPECT_EQ(window.Maximum(At(300), kLength), 7);
  EXPECT_EQ(window.Maximum(At(400), kLength), 5);
}

TEST(FloorWindow, ARepeatedHighStartsItsTimeAnew) {
  FloorWindow window;
  window.Note(At(0), 9);
  window.Note(At(200), 9);
  window.Note(At(300), 1);
  EXPECT_EQ(window.Maximum(At(499), kLength), 9);
  EXPECT_EQ(window.Maximum(At(500), kLength), 1);
}

TEST(FloorWindow, OfNoLengthKnowsOnlyTheLatest) {
  FloorWindow window;
  window.Note(At(0), 9);
  window.Note(At(1), 3);
  EXPECT_EQ(window.Maximum(At(1), milliseconds(0)), 3);
}

TEST(FloorWindow, KeepsTheLatestHoweverOldItIs) {
  FloorWindow window;
  window.Note(At(0), 9);
  window.Note(At(1), 3);
  EXPECT_EQ(window.Maximum(At(100'000), kLength), 3);
}

TEST(FloorWindow, SaysWhenItIsLowerAndHowMuch) {
  FloorWindow window;
  EXPECT_FALSE(window.NextRelease(kLength)) << "nothing is remembered";
  window.Note(At(0), 9);
  EXPECT_FALSE(window.NextRelease(kLength)) << "the latest stays";
  window.Note(At(100), 7);
  window.Note(At(200), 5);
  const auto release = window.NextRelease(kLength);
  ASSERT_TRUE(release);
  EXPECT_EQ(release->at, At(300));
  EXPECT_EQ(release->to, 7);
}

TEST(FloorWindow, EqualsTheMaximumOfAllThatIsInIt) {
  std::minstd_rand random(7);
  FloorWindow window;
  std::deque<std::pair<SteadyTime, int>> all;
  SteadyTime now = At(0);
  for (int i = 0; i < 20'000; ++i) {
    now += seconds(random() % 60);
    const int replicas = static_cast<int>(random() % 50);
    window.Note(now, replicas);
    all.emplace_back(now, replicas);
    while (all.front().first + kLength <= now) all.pop_front();
    int expected = 0;
    for (const auto& [at, count] : all) expected = std::max(expected, count);
    ASSERT_EQ(window.Maximum(now, kLength), expected) << "note " << i;
  }
}

}  // namespace
}  // namespace dso::decide
