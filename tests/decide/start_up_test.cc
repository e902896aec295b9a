#include "decide/start_up.h"

#include <gtest/gtest.h>

namespace dso::decide {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Source = StartUpEstimate::Source;

const WallTime kDay = std::chrono::sys_days(std::chrono::year(2026) / 12 / 1);
WallTime At(milliseconds after) { return kDay + after; }

PodStart Created(milliseconds at) { return {.created = At(at), .probed = true}; }
PodStart Ready(milliseconds created, milliseconds took) {
  PodStart start = Created(created);
  start.scheduled = At(created + took / 10);
  start.started = At(created + took / 2);
  start.ready = At(created + took);
  return start;
}

// Batches of one pod each, an hour apart, the first at 0:00; the IDs are 1, 2, …
StartUpTimes Learned(const std::vector<milliseconds>& lengths) {
  StartUpTimes times;
  for (size_t i = 0; i < lengths.size(); ++i) times.Take(i + 1, Ready(hours(i), lengths[i]));
  return times;
}
const WallTime kLater = At(hours(1000));

TEST(StartUp, IsFiveMinutesUntilThreeBatchesGotReady) {
  EXPECT_EQ(StartUpTimes().Estimate(kLater).p90, minutes(5));
  const StartUpEstimate two = Learned({seconds(40), seconds(40)}).Estimate(kLater);
  EXPECT_EQ(two.p90, minutes(5));
  EXPECT_EQ(two.source, Source::kPrior);
  EXPECT_EQ(two.batches, 2);
  const StartUpEstimate three = Learned({seconds(40), seconds(50), seconds(40)}).Estimate(kLater);
  EXPECT_EQ(three.p90, seconds(50));
  EXPECT_EQ(three.source, Source::kLearned);
  EXPECT_EQ(three.batches, 3);
  EXPECT_EQ(three.censored, 0);
}

TEST(StartUp, IsLongerThanThePriorAsSoonAsAPodIs) {
  EXPECT_EQ(Learned({minutes(12)}).Estimate(kLater).p90, minutes(12));
  StartUpTimes waiting;
  waiting.Take(1, Created(hours(0)));
  EXPECT_EQ(waiting.Estimate(At(minutes(4))).p90, minutes(5));
  EXPECT_EQ(waiting.Estimate(At(minutes(8))).p90, minutes(8));
  EXPECT_EQ(waiting.Estimate(At(minutes(8))).source, Source::kPrior);
}

TEST(StartUp, StaysWithinASecondAndSixHours) {
  EXPECT_EQ(Learned({seconds(-9), seconds(0), seconds(0)}).Estimate(kLater).p90, seconds(1)) << "clocks differ";
  StartUpTimes times;
  times.Take(1, Created(hours(0)));
  times.Take(1, Ready(hours(0), hours(9)));
  EXPECT_EQ(times.Estimate(kLater).p90, hours(6));
}

TEST(StartUp, OfABatchIsThatOfItsLastPodFromTheCreationOfTheFirst) {
  StartUpTimes times = Learned({seconds(40), seconds(40)});
  times.Take(11, Ready(hours(5), seconds(30)));
  times.Take(12, Ready(hours(5) + seconds(4), seconds(90)));
  times.Take(13, Ready(hours(5) + seconds(9), seconds(20)));
  const StartUpEstimate estimate = times.Estimate(kLater);
  EXPECT_EQ(estimate.p90, seconds(94));
  EXPECT_EQ(estimate.batches, 3);
}

TEST(StartUp, OfARollingUpdateIsThatOfItsPodsNotOfTheWholeUpdate) {
  StartUpTimes times;
  for (int i = 0; i < 30; ++i) times.Take(1 + i, Ready(seconds(5 * i), seconds(40)));
  EXPECT_LE(times.Estimate(kLater).p90, seconds(50));
  EXPECT_GE(times.Estimate(kLater).p90, seconds(40));
}

TEST(StartUp, DoesNotDependOnTheOrderOfPodsOrOnRepetition) {
  std::vector<std::pair<uint64_t, PodStart>> events;
  for (int i = 0; i < 12; ++i) {
    events.emplace_back(2 * i, Ready(hours(i), seconds(30 + 10 * i)));
    events.emplace_back(2 * i + 1, Ready(hours(i) + seconds(3), seconds(25)));
  }
  StartUpTimes forward, backward;
  for (auto e = events.begin(); e != events.end(); ++e) forward.Take(e->first, e->second);
  for (auto e = events.rbegin(); e != events.rend(); ++e) {
    backward.Take(e->first, Created(e->second.created - kDay));
    for (int twice = 0; twice < 2; ++twice) backward.Take(e->first, e->second);
    backward.Take(e->first, Created(e->second.created - kDay));
  }
  EXPECT_EQ(forward.Estimate(kLater).p90, seconds(130));
  EXPECT_EQ(backward.Estimate(kLater).p90, seconds(130));
  EXPECT_EQ(backward.Estimate(kLater).batches, 12);
  EXPECT_EQ(backward.Estimate(kLater).censored, 0);
}

TEST(StartUp, ShowsWhereTheTimeWent) {
  const StartUpEstimate estimate = Learned({seconds(100), seconds(60), seconds(200)}).Estimate(kLater);
  EXPECT_EQ(estimate.scheduling_p50, seconds(10));
  EXPECT_EQ(estimate.pulling_p50, seconds(40));
  EXPECT_EQ(estimate.readying_p50, seconds(50));
  EXPECT_EQ(StartUpTimes().Estimate(kLater).pulling_p50, std::nullopt);
}

TEST(StartUp, APodThatIsNeverReadyMakesItLongerAndNeverShorter) {
  StartUpTimes times = Learned(std::vector<milliseconds>(8, seconds(40)));
  times.Take(100, Created(hours(20)));
  times.Take(101, Created(hours(21)));
  EXPECT_EQ(times.Estimate(At(hours(20) + seconds(10))).p90, seconds(40)) << "they may yet be as fast";
  const StartUpEstimate waiting = times.Estimate(At(hours(21) + minutes(10)));
  EXPECT_EQ(waiting.p90, minutes(30)) << "one waits for 70 minutes, which is a fault";
  EXPECT_EQ(waiting.censored, 2);
  times.Gone(100, At(hours(20) + seconds(20)));
  times.Gone(101, At(hours(21) + minutes(2)));
  EXPECT_EQ(times.Estimate(kLater).p90, seconds(120)) << "deleted at that age: it would have taken longer";
  EXPECT_EQ(times.Estimate(kLater).batches, 8);
  EXPECT_EQ(times.Estimate(kLater).censored, 2);
}

TEST(StartUp, ABatchWithAPodThatIsNotReadyIsCensored) {
  StartUpTimes times = Learned(std::vector<milliseconds>(3, seconds(40)));
  times.Take(100, Ready(hours(20), seconds(40)));
  times.Take(101, Created(hours(20)));
  EXPECT_EQ(times.Estimate(At(hours(20) + seconds(300))).p90, seconds(300));
  times.Gone(101, At(hours(20) + seconds(300)));
  EXPECT_EQ(times.Estimate(kLater).batches, 3);
  times.Take(101, Created(hours(20)));
  times.Gone(101, At(hours(20) + seconds(100)));
  EXPECT_EQ(times.Estimate(kLater).p90, seconds(300)) << "the longest of its pods counts";
  times.Take(102, Created(hours(30)));
  times.Gone(102, At(hours(30) + seconds(5)));
  times.Take(103, Ready(hours(30), seconds(40)));
  EXPECT_EQ(times.Estimate(kLater).batches, 4) << "what was deleted before the others got ready says nothing";
}

TEST(StartUp, KeepsCrashesAndRefusedImagesOut) {
  StartUpTimes times = Learned(std::vector<milliseconds>(3, seconds(40)));
  times.Take(100, Created(hours(20)));
  PodStart crashed = Created(hours(20));
  crashed.unusable = true;
  times.Take(100, crashed);
  EXPECT_EQ(times.Estimate(kLater).p90, seconds(40));
  EXPECT_EQ(times.Estimate(kLater).censored, 0);
  PodStart recovered = Ready(hours(20), hours(3));
  recovered.unusable = true;  // it has restarted: so it stays
  times.Take(100, recovered);
  times.Take(100, Ready(hours(20), hours(4)));
  times.Gone(100, At(hours(25)));
  EXPECT_EQ(times.Estimate(kLater).batches, 3);
}

TEST(StartUp, AnImageThatCameInTheEndIsAStartUp) {
  StartUpTimes times = Learned(std::vector<milliseconds>(3, seconds(40)));
  PodStart refused = Created(hours(20));
  refused.unusable = true;
  times.Take(100, refused);
  EXPECT_EQ(times.Estimate(At(hours(21))).censored, 0);
  times.Take(100, Ready(hours(20), minutes(20)));
  EXPECT_EQ(times.Estimate(kLater).p90, minutes(20));
}

TEST(StartUp, AReadinessThatComesBackAfterHoursIsNoStartUp) {
  StartUpTimes times;
  for (int i = 0; i < 3; ++i) times.Take(1 + i, Ready(hours(i), seconds(40)));
  times.Take(1, Created(hours(0)));          // it lapses
  times.Take(1, Ready(hours(0), hours(9)));  // and comes back
  times.Take(7, Ready(hours(0), hours(9)));  // the same of a pod that a new process sees for the first time
  times.Take(7, Created(hours(0)));          // which lapses again
  EXPECT_EQ(times.Estimate(kLater).p90, seconds(40));
  EXPECT_EQ(times.Estimate(kLater).batches, 3);
  EXPECT_EQ(times.Estimate(kLater).censored, 0);
}

TEST(StartUp, ALongWaitForANodeIsPartOfItAlsoIfNobodyWatched) {
  StartUpTimes times = Learned(std::vector<milliseconds>(3, seconds(40)));
  times.Take(100, Ready(hours(20), minutes(50)));  // half of it until its containers ran
  EXPECT_EQ(times.Estimate(kLater).p90, minutes(50));
}

TEST(StartUp, ASlowOneThatWasWatchedCountsHoweverSlow) {
  StartUpTimes times = Learned(std::vector<milliseconds>(3, seconds(40)));
  times.Take(100, Created(hours(20)));
  times.Take(100, Ready(hours(20), hours(3)));
  EXPECT_EQ(times.Estimate(kLater).p90, hours(3));
}

TEST(StartUp, AfterARestartIsNoShorterThanBeforeUntilTenBatches) {
  StartUpTimes times(RememberedStartUp{.p90 = minutes(8), .batches = 30});
  EXPECT_EQ(times.Estimate(kLater).p90, minutes(8));
  EXPECT_EQ(times.Estimate(kLater).source, Source::kLearned);
  EXPECT_EQ(times.Estimate(kLater).batches, 30);
  for (int i = 0; i < 9; ++i) times.Take(1 + i, Ready(hours(i), seconds(40)));
  EXPECT_EQ(times.Estimate(kLater).p90, minutes(8));
  times.Take(10, Ready(hours(9), seconds(40)));
  EXPECT_EQ(times.Estimate(kLater).p90, seconds(40));
  EXPECT_EQ(times.Estimate(kLater).batches, 10);
}

TEST(StartUp, ARememberedOneReplacesThePriorIfItWasLearned) {
  EXPECT_EQ(StartUpTimes(RememberedStartUp{seconds(40), 3}).Estimate(kLater).p90, seconds(40));
  EXPECT_EQ(StartUpTimes(RememberedStartUp{seconds(40), 2}).Estimate(kLater).p90, minutes(5));
}

TEST(StartUp, WithoutAProbeIsSaidToBeSoAndNotMixedWithWhatHasOne) {
  std::vector<PodStart> starts;
  for (int i = 0; i < 5; ++i) starts.push_back(Ready(hours(i), seconds(2)));
  for (PodStart& start : starts) start.probed = false;
  StartUpTimes times;
  for (size_t i = 0; i < starts.size(); ++i) times.Take(i, starts[i]);
  EXPECT_FALSE(times.Estimate(kLater).probed);
  EXPECT_EQ(times.Estimate(kLater).p90, seconds(2));
  times.Take(100, Ready(hours(20), seconds(60)));
  times.Take(0, starts[0]);  // an old one is heard of again
  EXPECT_TRUE(times.Estimate(kLater).probed);
  EXPECT_EQ(times.Estimate(kLater).p90, minutes(5));
  EXPECT_EQ(times.Estimate(kLater).batches, 1);
}

}  // namespace
}  // namespace dso::decide
