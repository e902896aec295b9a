#include "sim/score.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "sim/simulation.h"
#include "tests/sim/generated.h"

namespace dso::sim {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using test::kMonday;

// The sums of an hour are kept as floats.
constexpr double kRounding = 1e-6;

static_assert(sizeof(Score) < 5 * 1024);

ScoreOptions SampleScore() { return {.hpa = {.capacity_per_replica = 5}, .min_replicas = 2}; }

// A floor at each sample.
using Floor = std::function<int(WallTime)>;

void TakeAll(const Trace& trace, const Floor& floor_at, Score& score) {
  for (const forecast::Sample& sample : trace.samples) score.Take(sample.at, sample.value, floor_at(sample.at));
}

Score::Summary ScoreOf(const Trace& trace, const Floor& floor_at, const ScoreOptions& options = SampleScore()) {
  Score score(options);
  TakeAll(trace, floor_at, score);
  return score.Last7Days(trace.samples.back().at);
}

// Up before the rush of test::DailyDemand.
int FloorBeforeTheRush(WallTime at) {
  const milliseconds time_of_day = (at - kMonday) % days(1);
  return time_of_day >= 8h + 45min && time_of_day < 10h ? 55 : 1;
}

void ExpectNear(double actual, double expected) { EXPECT_NEAR(actual, expected, kRounding * std::abs(expected)); }

void ExpectSame(const Score::Summary& actual, const Score::Summary& expected) {
  EXPECT_EQ(actual.scored, expected.scored);
  ExpectNear(actual.demand, expected.demand);
  ExpectNear(actual.lost_alone, expected.lost_alone);
  ExpectNear(actual.lost_with, expected.lost_with);
  ExpectNear(actual.replica_hours_alone, expected.replica_hours_alone);
  ExpectNear(actual.replica_hours_with, expected.replica_hours_with);
}

// What Simulate() says about the time of a summary.
Score::Summary Simulated(const Trace& trace, const Floor& floor_at, const ScoreOptions& options, WallTime from) {
  std::vector<FloorChange> floor;
  for (const forecast::Sample& sample : trace.samples) floor.push_back({sample.at, floor_at(sample.at)});
  const std::array period{Period{from, trace.samples.back().at + 1ms}};
  const Service alone = Simulate(trace, options.hpa, options.min_replicas, {}, period).services.front();
  const Service with_floor = Simulate(trace, options.hpa, options.min_replicas, floor, period).services.front();
  return {.demand = alone.lost / alone.lost_share,
          .lost_alone = alone.lost,
          .lost_with = with_floor.lost,
          .replica_hours_alone = alone.replica_hours,
          .replica_hours_with = with_floor.replica_hours};
}

// Bursts on a daily demand, at uneven distances.
Trace RandomTrace(std::mt19937& random, milliseconds length, milliseconds most_apart) {
  std::lognormal_distribution<double> noise(0, 0.3);
  std::uniform_int_distribution<int64_t> distance(1, most_apart.count());
  std::vector<forecast::Sample> samples;
  for (WallTime at = kMonday + 7min + 3ms; at < kMonday + length; at += milliseconds(distance(random))) {
    samples.push_back({at, test::DailyDemand(at) * noise(random)});
  }
  return *MakeTrace("random", std::move(samples));
}

TEST(Score, EqualsTheSimulationOfTheSameTrace) {
  std::mt19937 random(11);
  for (const milliseconds most_apart : {milliseconds(20s), milliseconds(2min), kLongestScoredGap}) {
    for (const milliseconds length : {milliseconds(30h), milliseconds(days(6))}) {
      ScoreOptions options = SampleScore();
      options.hpa.startup = seconds(random() % 900);
      options.hpa.scale_down_window = seconds(random() % 900);
      const Trace trace = RandomTrace(random, length, most_apart);
      const Floor floor_at = [seed = random()](WallTime at) {
        return static_cast<int>((static_cast<uint64_t>(at.time_since_epoch() / 40min) * seed >> 8) % 60);
      };
      Score::Summary expected = Simulated(trace, floor_at, options, trace.samples.front().at);
      expected.scored = ((trace.samples.back().at - trace.samples.front().at) / kHpaPeriod + 1) * kHpaPeriod;
      EXPECT_GT(expected.lost_with, 0);
      ExpectSame(ScoreOf(trace, floor_at, options), expected);
    }
  }
}

TEST(Score, ForgetsWhatIsOlderThanAWeekAndAnHour) {
  const Trace trace = test::DailyTrace(days(9) + 25min);
  Score::Summary expected = Simulated(trace, FloorBeforeTheRush, SampleScore(), kMonday + days(2));
  expected.scored = days(7) + 25min + kHpaPeriod;
  ExpectSame(ScoreOf(trace, FloorBeforeTheRush), expected);
}

TEST(Score, AFloorAtTheMinimumChangesNothing) {
  std::mt19937 random(12);
  const Trace trace = RandomTrace(random, days(8), 3min);
  const Floor at_most_the_minimum = [](WallTime at) { return static_cast<int>(at.time_since_epoch().count() % 3); };
  const Score::Summary summary = ScoreOf(trace, at_most_the_minimum);
  EXPECT_GT(summary.lost_alone, 0);
  EXPECT_EQ(summary.lost_alone, summary.lost_with);
  EXPECT_EQ(summary.replica_hours_alone, summary.replica_hours_with);
}

TEST(Score, AFloorBeforeTheRiseSavesWhatTheHpaLoses) {
  const Score::Summary summary = ScoreOf(test::DailyTrace(days(3)), FloorBeforeTheRush);
  EXPECT_GT(summary.lost_alone, 0);
  EXPECT_EQ(summary.lost_with, 0);
  EXPECT_GT(summary.replica_hours_with, summary.replica_hours_alone);
}

TEST(Score, SamplesOnTheLineBetweenTwoChangeNothing) {
  const auto zigzag = [](WallTime at) { return (at - kMonday) / 10min % 2 == 0 ? 64.0 : 256.0; };
  const Trace trace = test::Generate(24h, zigzag);
  Trace split = trace;
  for (size_t i = 1; i < trace.samples.size(); ++i) {
    const forecast::Sample& before = trace.samples[i - 1];
    const forecast::Sample& after = trace.samples[i];
    split.samples.push_back({before.at + (after.at - before.at) / 2, (before.value + after.value) / 2});
  }
  split = *MakeTrace("split", std::move(split.samples));
  const Floor floor_at = [](WallTime at) { return (at - kMonday) / 1h % 2 == 0 ? 40 : 1; };
  const Score::Summary summary = ScoreOf(trace, floor_at);
  EXPECT_GT(summary.lost_with, 0);
  ExpectSame(ScoreOf(split, floor_at), summary);
}

TEST(Score, IgnoresWhatIsNotNewerAndWhatIsNoDemand) {
  const Trace trace = test::DailyTrace(days(1));
  Score score(SampleScore());
  TakeAll(trace, FloorBeforeTheRush, score);
  const WallTime end = trace.samples.back().at;
  TakeAll(
      trace, [](WallTime) { return 90; }, score);
  score.Take(end, 1e6, 90);
  score.Take(end + 1min, std::numeric_limits<double>::quiet_NaN(), 90);
  score.Take(end + 2min, -1, 90);
  ExpectSame(score.Last7Days(end), ScoreOf(trace, FloorBeforeTheRush));
}

TEST(Score, AFloorCountsFromItsMomentOn) {
  // No demand, so that the replicas are the floor's.
  ScoreOptions options = SampleScore();
  options.hpa.scale_down_window = 0ms;
  Score score(options);
  score.Take(kMonday, 0, 10);
  score.Take(kMonday + 5min, 0, 20);
  score.Take(kMonday + 10min, 0, 20);
  // At the first moment still at rest; each moment stands for the 15 s after it.
  EXPECT_NEAR(score.Last7Days(kMonday + 10min).replica_hours_with, (1 * 2 + 20 * 10 + 20 * 20) * 15 / 3600.0, 1e-5);
}

TEST(Score, ScoresNothingInAGap) {
  Score score(SampleScore());
  const auto take = [&score](milliseconds since_monday, double demand) {
    score.Take(kMonday + since_monday, demand, 40);
  };
  const auto scored = [&score] { return score.Last7Days(kMonday + 5h).scored; };
  take(0min, 7);
  take(kLongestScoredGap, 7);
  EXPECT_EQ(scored(), kLongestScoredGap + kHpaPeriod);
  const Score::Summary before = score.Last7Days(kMonday + 5h);

  const milliseconds end = 2 * kLongestScoredGap + 1ms;
  take(end, 7);
  const Score::Summary after = score.Last7Days(kMonday + 5h);
  EXPECT_EQ(after.scored - before.scored, kHpaPeriod);
  // The pods stood still, so that each side pays for the moment what it paid before.
  EXPECT_NEAR(after.replica_hours_alone - before.replica_hours_alone, 2 * 15 / 3600.0, 1e-6);
  EXPECT_NEAR(after.replica_hours_with - before.replica_hours_with, 40 * 15 / 3600.0, 1e-6);
  take(end + 1min, 7);
  EXPECT_EQ(scored() - after.scored, 1min);
}

TEST(Score, AGapOfAnyLengthLeavesNothingOldBehind) {
  for (const milliseconds gap :
       {milliseconds(days(7) - 3h), milliseconds(days(7)), milliseconds(days(7) + 1h), milliseconds(days(30))}) {
    Score score(SampleScore());
    for (WallTime at = kMonday; at <= kMonday + 3h; at += 1min) score.Take(at, 70, 1);
    score.Take(kMonday + 3h + gap, 70, 1);
    const milliseconds recent = score.Last7Days(kMonday + 3h + gap).scored;
    const milliseconds expected = gap <= days(7) - 3h ? 3h + kHpaPeriod : gap <= days(7) ? kHpaPeriod : 0ms;
    EXPECT_EQ(recent, expected + kHpaPeriod) << FormatDuration(gap);
  }
}

TEST(Score, FadesWhenNothingMoreComes) {
  Score score(SampleScore());
  EXPECT_EQ(score.Last7Days(kMonday).scored, 0ms);
  TakeAll(test::DailyTrace(4h), FloorBeforeTheRush, score);
  EXPECT_EQ(score.Last7Days(kMonday + days(7)).scored, 4h + kHpaPeriod);
  EXPECT_EQ(score.Last7Days(kMonday + days(7) + 1h).scored, 3h + kHpaPeriod);
  EXPECT_EQ(score.Last7Days(kMonday + days(7) + 5h).scored, 0ms);
}

TEST(Score, CountsBefore1970) {
  Score score(SampleScore());
  const WallTime start = WallTime(-3h);
  for (WallTime at = start; at <= start + 6h; at += 1min) score.Take(at, 70, 1);
  EXPECT_EQ(score.Last7Days(start + 6h).scored, 6h + kHpaPeriod);
}

}  // namespace
}  // namespace dso::sim
