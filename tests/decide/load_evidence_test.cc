#include "decide/load_evidence.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dso::decide {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(LoadEvidence, KnowsNothingAtFirst) {
  const LoadEvidence::Limits limits = LoadEvidence(1, 100).Find();
  EXPECT_FALSE(limits.carried);
  EXPECT_FALSE(limits.trouble_from);
}

TEST(LoadEvidence, AddsUpWhatWasCarriedAtALoadOrAbove) {
  LoadEvidence evidence(1, 100);
  evidence.NoteCarried(10, minutes(9));
  EXPECT_FALSE(evidence.Find().carried);
  evidence.NoteCarried(20, minutes(2));
  EXPECT_EQ(evidence.Find().carried, 10);
  EXPECT_EQ(evidence.Find().carried_for, minutes(11));
  evidence.NoteCarried(20, minutes(8));
  EXPECT_EQ(evidence.Find().carried, 20);
  EXPECT_EQ(evidence.Find().carried_for, minutes(10));
}

TEST(LoadEvidence, FindsTheLowestLoadWithTrouble) {
  LoadEvidence evidence(1, 100);
  evidence.NoteCarried(10, hours(5));
  evidence.NoteTrouble(50, minutes(30));
  evidence.NoteTrouble(20, minutes(1));
  const LoadEvidence::Limits limits = evidence.Find();
  EXPECT_EQ(limits.carried, 10);
  ASSERT_TRUE(limits.trouble_from) << "a minute at 20 is not believed, half an hour at 50 is";
  EXPECT_GT(*limits.trouble_from, 40);
  EXPECT_LE(*limits.trouble_from, 50);
}

TEST(LoadEvidence, LaysTroubleBelowWhatIsCarriedToSomethingElse) {
  LoadEvidence evidence(1, 100);
  evidence.NoteCarried(20, hours(20));
  evidence.NoteTrouble(5, hours(3));
  EXPECT_FALSE(evidence.Find().trouble_from);
  EXPECT_EQ(evidence.Find().carried, 20);
  // Before it was carried, too.
  LoadEvidence reversed(1, 100);
  reversed.NoteTrouble(5, hours(1));
  EXPECT_TRUE(reversed.Find().trouble_from);
  reversed.NoteCarried(20, hours(1));
  EXPECT_FALSE(reversed.Find().trouble_from);
}

TEST(LoadEvidence, BelievesTroubleThatOutweighsWhatWasCarried) {
  LoadEvidence evidence(1, 100);
  evidence.NoteCarried(20, hours(50));
  for (int i = 0; i < 150; ++i) evidence.NoteTrouble(15, minutes(1));
  const LoadEvidence::Limits limits = evidence.Find();
  ASSERT_TRUE(limits.trouble_from);
  EXPECT_LE(*limits.trouble_from, 15);
  EXPECT_GT(*limits.trouble_from, 12);
  EXPECT_LE(limits.carried.value_or(0), *limits.trouble_from);
}

TEST(LoadEvidence, FadesWithAHalfLifeOfAWeek) {
  LoadEvidence evidence(1, 100);
  evidence.NoteCarried(10, minutes(40));
  evidence.Fade(hours(7 * 24));
  EXPECT_NEAR(evidence.Find().carried_for.count(), 20 * 60, 1e-6);
  evidence.Fade(hours(8 * 24));
  EXPECT_FALSE(evidence.Find().carried);
}

TEST(LoadEvidence, TellsWhatIsRememberedFromWhatWasSeen) {
  LoadEvidence evidence(1, 100);
  evidence.NoteRemembered(30, hours(4));
  EXPECT_EQ(evidence.Find().carried, 30);
  EXPECT_EQ(evidence.Find().carried_for, minutes(0));
  evidence.NoteTrouble(25, hours(2));
  EXPECT_TRUE(evidence.Find().trouble_from);
}

TEST(LoadEvidence, LooksBetweenItsBounds) {
  LoadEvidence evidence(10, 20);
  evidence.NoteCarried(5, hours(1));
  evidence.NoteTrouble(5, hours(1));
  evidence.NoteTrouble(10, hours(1));
  evidence.NoteTrouble(21, hours(1));
  EXPECT_FALSE(evidence.Find().carried);
  EXPECT_FALSE(evidence.Find().trouble_from);
  evidence.NoteCarried(500, hours(1));
  EXPECT_EQ(evidence.Find().carried, 20);
  LoadEvidence point(10, 10);
  point.NoteCarried(10, hours(1));
  point.NoteTrouble(10, hours(1));
  EXPECT_EQ(point.Find().carried, 10);
}

}  // namespace
}  // namespace dso::decide
