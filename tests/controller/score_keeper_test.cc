#include "controller/score_keeper.h"

#include <gtest/gtest.h>

#include "tests/controller/sample.h"

namespace dso::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::kMorning;

ScorePlan Plan(milliseconds lead = minutes(5)) {
  return ScorePlan::Of(*test::Cached().service.spec, decide::PlanWith(10, 10, "PerReplica"), lead);
}
// Quiet, and an hour of eighteen replicas' demand from kMorning + 6 h on.
double Surge(WallTime at) { return at >= kMorning + hours(6) && at < kMorning + hours(7) ? 175 : 15; }
decide::Forecast Foreseen(WallTime at, milliseconds lead) {
  const double peak = std::max(Surge(at), Surge(at + lead));
  return {.state = decide::Forecast::State::kReady, .expected = peak, .quantile = peak, .peak_at = at + lead};
}
void ReplayHalfADay(ScoreKeeper& score, bool foreseen, const decide::EventsAhead& events = {}) {
  for (WallTime at = kMorning; at < kMorning + hours(12); at += minutes(1)) {
    const decide::Forecast forecast = foreseen ? Foreseen(at, score.plan().lead) : decide::Forecast();
    score.Replay(at, Surge(at), forecast, events);
  }
}

TEST(ScorePlan, SimulatesPodsThatTakeTheLeadWithoutTheSyncs) {
  EXPECT_EQ(Plan(minutes(5)).start_up, minutes(5) - seconds(30));
  EXPECT_EQ(Plan(seconds(10)).start_up, seconds(1));
  EXPECT_EQ(Plan().replicas, (api::ReplicaBounds{2, 20}));
}

TEST(ScorePlan, IsNearWhileLearnedFiguresWander) {
  const auto near = [](auto change) {
    ScorePlan other = Plan();
    change(other);
    EXPECT_EQ(Plan().IsNear(other), other.IsNear(Plan()));
    return Plan().IsNear(other);
  };
  EXPECT_TRUE(near([](ScorePlan& plan) { plan.capacity = decide::PlanWith(12, 12, "Learned"); }));
  EXPECT_TRUE(near([](ScorePlan& plan) { plan.lead = minutes(6); }));
  EXPECT_FALSE(near([](ScorePlan& plan) { plan.capacity = decide::PlanWith(13, 13, "Learned"); }));
  EXPECT_FALSE(near([](ScorePlan& plan) { plan.capacity.per_replica = 7; }));
  EXPECT_FALSE(near([](ScorePlan& plan) { plan.lead = minutes(7); }));
  EXPECT_FALSE(near([](ScorePlan& plan) { plan.replicas.min = 3; }));
  EXPECT_FALSE(near([](ScorePlan& plan) { plan.replicas.max = 19; }));
  EXPECT_FALSE(near([](ScorePlan& plan) { plan.scale_down_window = minutes(6); }));
  EXPECT_FALSE(near([](ScorePlan& plan) { plan.max_release.percent = 21; }));
  EXPECT_FALSE(near([](ScorePlan& plan) { plan.max_raise = api::PaceLimit{1, 0}; }));
}

TEST(ScoreKeeper, AFloorThatForeseesASurgeLosesLessAndCostsMore) {
  ScoreKeeper blind(Plan());
  ScoreKeeper foreseeing(Plan());
  ReplayHalfADay(blind, false);
  ReplayHalfADay(foreseeing, true);
  const sim::Score::Summary without = blind.Last7Days(kMorning + hours(12));
  const sim::Score::Summary with = foreseeing.Last7Days(kMorning + hours(12));
  EXPECT_EQ(with.lost_alone, without.lost_alone);
  EXPECT_GT(with.lost_alone, 0);
  EXPECT_LT(with.lost_with, 0.1 * with.lost_alone);
  EXPECT_GT(without.lost_with, 0.3 * without.lost_alone);
  EXPECT_GT(with.replica_hours_with, with.replica_hours_alone);
}

TEST(ScoreKeeper, AFloorThatMayRiseSlowlyOnlyIsReplayedSo) {
  api::ServiceSpec spec = *test::Cached().service.spec;
  spec.prediction.max_raise = api::PaceLimit{.replicas = 1, .percent = 0, .period = hours(1)};
  ScoreKeeper slow(ScorePlan::Of(spec, decide::PlanWith(10, 10, "PerReplica"), minutes(5)));
  ScoreKeeper fast(Plan());
  ReplayHalfADay(slow, true);
  ReplayHalfADay(fast, true);
  EXPECT_GT(slow.Last7Days(kMorning + hours(12)).lost_with, 2 * fast.Last7Days(kMorning + hours(12)).lost_with + 1000);
}

TEST(ScoreKeeper, ReplaysEventsAndBounds) {
  ScoreKeeper score(Plan());
  decide::EventsAhead all_day;
  all_day.min_replicas = 500;
  ReplayHalfADay(score, false, all_day);
  const sim::Score::Summary summary = score.Last7Days(kMorning + hours(12));
  EXPECT_EQ(summary.lost_with, 0);
  EXPECT_NEAR(summary.replica_hours_with, 20 * 12, 2) << "replicas.max";
}

TEST(ScoreKeeper, GoesOnLiveWhereTheReplayEnds) {
  ScoreKeeper score(Plan());
  ReplayHalfADay(score, true);
  const double lost = score.Last7Days(kMorning + hours(12)).lost_with;
  for (WallTime at = kMorning + hours(12); at < kMorning + hours(14); at += minutes(1)) score.Take(at, 500, 2);
  const sim::Score::Summary summary = score.Last7Days(kMorning + hours(14));
  EXPECT_EQ(std::chrono::round<hours>(summary.scored), hours(14));
  EXPECT_GT(summary.lost_with, lost + 1000);
}

TEST(ScoreKeeper, TimeWithoutDataIsNotScored) {
  ScoreKeeper score(Plan());
  ReplayHalfADay(score, true);
  score.Take(kMorning + hours(60), 15, 2);
  EXPECT_EQ(std::chrono::round<hours>(score.Last7Days(kMorning + hours(60)).scored), hours(12));
}

}  // namespace
}  // namespace dso::controller
