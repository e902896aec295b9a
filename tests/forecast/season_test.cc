#include "forecast/season.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <numbers>

#include "tests/forecast/noise.h"

namespace dso::forecast {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;

const ProfileKind kPlain{.gain = 0.2};
const ProfileKind kNewestOnly{.gain = 1};
const ProfileKind kFactor{.gain = 0.2, .multiplicative = true};

using Demand = std::function<double(int64_t ms)>;

// Takes the moments of [from, to), `step` apart.
void Feed(Season& season, int64_t from, int64_t to, int64_t step, const Demand& demand, const Calendar& calendar = {}) {
  for (int64_t ms = from; ms < to; ms += step) season.Take(ms, demand(ms), calendar);
}

double Wave(int64_t ms, int64_t period = kDayMs) {
  return std::sin(2 * std::numbers::pi * static_cast<double>(ms) / static_cast<double>(period));
}

double AtTime(const Season& season, size_t kind, int64_t ms, const Calendar& calendar = {}) {
  return season.At(kind, season.Phase(ms, calendar), calendar.IsSpecialDay(ms));
}

TEST(SeasonTest, AStepIsASlotAsLongAsThereAreNotTooMany) {
  EXPECT_EQ(Season(kDayMs, kHourMs, {kPlain}).slots(), 24u);
  EXPECT_EQ(Season(kDayMs, 300'000, {kPlain}).slots(), 288u);
  EXPECT_EQ(Season(1008 * 1000, 1000, {kPlain}).slots(), 1008u);
  EXPECT_EQ(Season(1009 * 1000, 1000, {kPlain}).slots(), 505u);
  EXPECT_EQ(Season(kDayMs, 60'000, {kPlain}).slots(), 720u);
  EXPECT_EQ(Season(2, 1, {kPlain}).slots(), 2u);
}

TEST(SeasonTest, NoPeriodHasMoreThanTheMostSlots) {
  for (int64_t steps = 900; steps < 4000; ++steps) {
    for (const int64_t more : {0, 1, 49, 50, 99}) {
      const size_t slots = Season(100 * steps + more, 100, {}).slots();
      ASSERT_LE(slots, Season::kMostSlots) << steps << ' ' << more;
      ASSERT_GE(slots, 400u) << steps << ' ' << more;
    }
  }
}

TEST(SeasonTest, IsNotReadyBeforeTwoPeriods) {
  Season season(4, 1, {kPlain});
  for (int64_t i = 0; i < 8; ++i) {
    EXPECT_FALSE(season.ready()) << i;
    season.Take(i, 1, {});
  }
  EXPECT_FALSE(season.ready());  // the eighth slot is still open
  season.Take(8, 1, {});
  EXPECT_TRUE(season.ready());
}

TEST(SeasonTest, AGapMakesNothingReady) {
  Season season(4, 1, {kPlain});
  season.Take(0, 1, {});
  season.Take(1000, 1, {});
  EXPECT_FALSE(season.ready());
  for (int64_t i = 1001; i < 1008; ++i) season.Take(i, 1, {});
  EXPECT_TRUE(season.ready());
}

TEST(SeasonTest, SaysNothingBeforeTheFirstPeriod) {
  Season season(kDayMs, kHourMs, {kPlain, kFactor});
  Feed(season, 0, kDayMs, kHourMs, [](int64_t ms) { return 100 + 50 * Wave(ms); });
  for (int64_t hour = 0; hour < 24; ++hour) {
    EXPECT_EQ(AtTime(season, 0, hour * kHourMs), 0);
    EXPECT_EQ(AtTime(season, 1, hour * kHourMs), 1);
  }
}

// One period of 1, 2, 3, 6 has the mean 3. The half before its middle and the middle are known at once:
//   slots 0 and 1 from the first period (d = −2, −1), and with each further value one more slot from the mean then.
// The second period is the first plus 4. After 5: mean (2 + 3 + 6 + 5)/4 = 4, slot 2 gets 3 − 4 = −1; after 6 the mean
// is 5 and slot 3 gets 1; after 7 it is 6 and slot 0 becomes −2 + ½ (5 − 6 + 2) = −1.5.
TEST(SeasonTest, CentredDeviationsByHand) {
  Season season(4, 1, {{.gain = 0}});
  const std::array<double, 8> values{1, 2, 3, 6, 5, 6, 7, 0};
  const std::array<std::array<double, 4>, 5> expected{
      {{0, 0, 0, 0}, {-2, -1, 0, 0}, {-2, -1, -1, 0}, {-2, -1, -1, 1}, {-1.5, -1, -1, 1}}};
  for (size_t i = 0; i < values.size(); ++i) {
    season.Take(static_cast<int64_t>(i), values[i], {});
    if (i < 3) continue;  // a slot is closed by the value of the next
    for (size_t slot = 0; slot < 4; ++slot) {
      EXPECT_DOUBLE_EQ(season.At(0, static_cast<double>(slot)), expected[i - 3][slot]) << i << ' ' << slot;
    }
  }
}

TEST(SeasonTest, LearnsASineOverALevel) {
  Season season(kDayMs, 300'000, {kPlain, {.gain = 0.2, .smoothing = 0.02}});
  Feed(season, 0, 5 * kDayMs, 300'000, [](int64_t ms) { return 1000 + 50 * Wave(ms); });
  for (int64_t ms = 0; ms < kDayMs; ms += 300'000) {
    EXPECT_NEAR(AtTime(season, 0, ms), 50 * Wave(ms), 0.01) << ms;
    EXPECT_NEAR(AtTime(season, 1, ms), 50 * Wave(ms), 0.5) << ms;
  }
}

TEST(SeasonTest, NoiseAveragesOutWithASmallGain) {
  Noise noise(1);
  Season season(kDayMs, kHourMs, {{.gain = 0.05}, kNewestOnly});
  Feed(season, 0, 60 * kDayMs, kHourMs, [&](int64_t ms) { return 1000 + 50 * Wave(ms) + 10 * noise.Normal(); });
  double slow = 0;
  double newest = 0;
  for (int64_t ms = 0; ms < kDayMs; ms += kHourMs) {
    slow += std::pow(AtTime(season, 0, ms) - 50 * Wave(ms), 2) / 24;
    newest += std::pow(AtTime(season, 1, ms) - 50 * Wave(ms), 2) / 24;
  }
  EXPECT_LT(std::sqrt(slow), 3);  // γ/(2 − γ) of the variance: 1.6
  EXPECT_GT(std::sqrt(newest), 6);
}

TEST(SeasonTest, AMultiplicativeProfileIsTheQuotientAtAnyLevel) {
  Season season(kDayMs, kHourMs, {kFactor});
  Feed(season, 0, 5 * kDayMs, kHourMs, [](int64_t ms) { return 1000 * (1 + 0.5 * Wave(ms)); });
  Feed(season, 5 * kDayMs, 10 * kDayMs, kHourMs, [](int64_t ms) { return 10 * (1 + 0.5 * Wave(ms)); });
  Feed(season, 10 * kDayMs, 30 * kDayMs, kHourMs, [](int64_t ms) { return 10 * (1 + 0.5 * Wave(ms)); });
  for (int64_t ms = 0; ms < kDayMs; ms += kHourMs) EXPECT_NEAR(AtTime(season, 0, ms), 1 + 0.5 * Wave(ms), 0.01) << ms;
}

TEST(SeasonTest, AFactorIsNeverTooSmallToDivideBy) {
  Season season(4, 1, {kFactor});
  Feed(season, 0, 40, 1, [](int64_t ms) { return ms % 4 == 0 ? 8.0 : 0.0; });
  EXPECT_NEAR(season.At(0, 0), 4, 1e-6);
  EXPECT_EQ(season.At(0, 1), Season::kLeastFactor);
  Season zero(4, 1, {kFactor});
  Feed(zero, 0, 40, 1, [](int64_t) { return 0.0; });
  EXPECT_EQ(zero.At(0, 2), 1);
}

TEST(SeasonTest, IsLinearBetweenSlots) {
  Season season(4, 1, {kNewestOnly});
  Feed(season, 0, 40, 1, [](int64_t ms) { return std::array{10.0, 14.0, 12.0, 4.0}[static_cast<size_t>(ms % 4)]; });
  EXPECT_DOUBLE_EQ(season.At(0, 0.25), 0 + 0.25 * 4);
  EXPECT_DOUBLE_EQ(season.At(0, 1.5), 3);
  EXPECT_DOUBLE_EQ(season.At(0, 3.25), -6 + 0.25 * 6);  // over the end of the period
}

// Two steps in a slot: its value is the mean of both, and true between them.
TEST(SeasonTest, AWideSlotIsTrueAtTheMiddleOfItsSteps) {
  Season season(20'000, 10, {kNewestOnly});
  ASSERT_EQ(season.slots(), 1000u);
  Feed(season, 0, 100'000, 10, [](int64_t ms) { return 100 + 10 * Wave(ms, 20'000); });
  for (int64_t ms = 0; ms < 20'000; ms += 10) EXPECT_NEAR(AtTime(season, 0, ms), 10 * Wave(ms, 20'000), 1e-3) << ms;
}

TEST(SeasonTest, PhasesAdvanceRoundThePeriod) {
  const Season season(kDayMs, kHourMs, {kPlain});
  EXPECT_DOUBLE_EQ(season.Phase(3 * kDayMs + 90 * 60'000, {}), 1.5);
  EXPECT_DOUBLE_EQ(season.Advance(1.5, 2 * kHourMs), 3.5);
  EXPECT_DOUBLE_EQ(season.Advance(23.5, kHourMs), 0.5);
  EXPECT_DOUBLE_EQ(season.Advance(23.5, 10 * kDayMs + kHourMs), 0.5);
}

TEST(SeasonTest, MomentsBefore1970HaveTheSameProfile) {
  Season season(kDayMs, kHourMs, {kPlain});
  const int64_t start = -1000 * kDayMs - 7 * kHourMs;
  Feed(season, start, start + 5 * kDayMs, kHourMs, [](int64_t ms) { return 100 + 50 * Wave(ms); });
  ASSERT_TRUE(season.ready());
  for (int64_t ms = -kDayMs; ms < kDayMs; ms += kHourMs) EXPECT_NEAR(AtTime(season, 0, ms), 50 * Wave(ms), 0.01) << ms;
}

TEST(SeasonTest, TheSeasonOutlivesATrendAndAShiftOfTheLevel) {
  Season season(kDayMs, kHourMs, {kPlain});
  Feed(season, 0, 10 * kDayMs, kHourMs,
       [](int64_t ms) { return 1000 + 10 * static_cast<double>(ms) / kDayMs + 50 * Wave(ms); });
  for (int64_t ms = 0; ms < kDayMs; ms += kHourMs) EXPECT_NEAR(AtTime(season, 0, ms), 50 * Wave(ms), 1) << ms;
  // While the centred mean crosses the shift, it is off by up to half of it, of which a fifth is learned once.
  Feed(season, 10 * kDayMs, 12 * kDayMs, kHourMs, [](int64_t ms) { return 1300 + 50 * Wave(ms); });
  for (int64_t ms = 0; ms < kDayMs; ms += kHourMs) EXPECT_NEAR(AtTime(season, 0, ms), 50 * Wave(ms), 32) << ms;
  Feed(season, 12 * kDayMs, 22 * kDayMs, kHourMs, [](int64_t ms) { return 1300 + 50 * Wave(ms); });
  for (int64_t ms = 0; ms < kDayMs; ms += kHourMs) EXPECT_NEAR(AtTime(season, 0, ms), 50 * Wave(ms), 5) << ms;
}

// ---- outliers, gaps ----

// How far the profile is off after 16 days, of which the last but one is `outlier`.
double LargestError(const ProfileKind& kind, int64_t step, const Demand& outlier) {
  Noise noise(2);
  Season season(kDayMs, step, {kind});
  Feed(season, 0, 16 * kDayMs, step, [&](int64_t ms) {
    const double usual = 1000 + 50 * Wave(ms) + noise.Normal();
    return ms / kDayMs == 14 ? outlier(ms) : usual;
  });
  double largest = 0;
  for (int64_t ms = 0; ms < kDayMs; ms += step) {
    largest = std::max(largest, std::abs(AtTime(season, 0, ms) - 50 * Wave(ms)));
  }
  return largest;
}

TEST(SeasonTest, ARobustKindIgnoresAHugeHour) {
  const Demand burst = [](int64_t ms) { return ms % kDayMs == 12 * kHourMs ? 24'000 : 1000 + 50 * Wave(ms); };
  EXPECT_GT(LargestError(kPlain, kHourMs, burst), 1000);
  EXPECT_LT(LargestError({.gain = 0.2, .robust = true}, kHourMs, burst), 250);
}

TEST(SeasonTest, ARobustKindIsHardlyMovedByAHugeDay) {
  const Demand wild = [](int64_t ms) { return 1000 + 2000 * Wave(5 * ms); };
  for (const int64_t step : {kHourMs, kHourMs / 12}) {
    const double plain = LargestError(kPlain, step, wild);
    EXPECT_GT(plain, 300);
    EXPECT_LT(LargestError({.gain = 0.2, .robust = true}, step, wild), plain / 3) << step;
  }
}

TEST(SeasonTest, ARobustKindStillFollowsALastingChange) {
  Season season(kDayMs, kHourMs, {{.gain = 0.2, .robust = true}});
  Feed(season, 0, 10 * kDayMs, kHourMs, [](int64_t ms) { return 1000 + 50 * Wave(ms); });
  Feed(season, 10 * kDayMs, 50 * kDayMs, kHourMs, [](int64_t ms) { return 1000 - 50 * Wave(ms); });
  for (int64_t ms = 0; ms < kDayMs; ms += kHourMs) EXPECT_NEAR(AtTime(season, 0, ms), -50 * Wave(ms), 5) << ms;
}

TEST(SeasonTest, AShortGapIsBridgedByAStraightLine) {
  Season season(kDayMs, kHourMs, {kNewestOnly});
  // Samples five hours apart, of a demand that is a straight line but for midnight: nothing is lost.
  const auto line = [](int64_t ms) { return static_cast<double>(ms % kDayMs) / kHourMs; };
  Feed(season, 0, 3 * kDayMs, kHourMs, line);
  for (int64_t hour : {0, 5, 10, 15, 20, 23}) season.Take(3 * kDayMs + hour * kHourMs, line(hour * kHourMs), {});
  Feed(season, 4 * kDayMs, 5 * kDayMs, kHourMs, line);
  for (int64_t hour = 0; hour < 24; ++hour) EXPECT_NEAR(season.At(0, static_cast<double>(hour)), hour - 11.5, 1e-5);
}

TEST(SeasonTest, ALongGapIsMissingAndNothingIsLearnedFromIt) {
  Season season(kDayMs, kHourMs, {kNewestOnly});
  const auto demand = [](int64_t ms) { return 100 + (ms % kDayMs >= 12 * kHourMs ? 40.0 : 0.0); };
  Feed(season, 0, 3 * kDayMs, kHourMs, demand);
  // Six hours without a value, between two at which demand is the same: a bridge would lie 40 below.
  Feed(season, 3 * kDayMs, 3 * kDayMs + 12 * kHourMs, kHourMs, demand);
  season.Take(3 * kDayMs + 17 * kHourMs + kHourMs / 2 + kHourMs, 100, {});
  Feed(season, 3 * kDayMs + 19 * kHourMs, 5 * kDayMs, kHourMs, demand);
  for (int64_t hour = 12; hour < 18; ++hour) EXPECT_GT(season.At(0, static_cast<double>(hour)), 15) << hour;
}

// After a gap the mean is at first that of the half of a period, and what is learned from it off by so much.
TEST(SeasonTest, TheProfileOutlivesAGapOfManyPeriods) {
  Season season(kDayMs, kHourMs, {kPlain});
  const auto demand = [](int64_t ms) { return 100 + 50 * Wave(ms); };
  Feed(season, 0, 5 * kDayMs, kHourMs, demand);
  for (const int64_t start : {40 * kDayMs, 400'000 * kDayMs}) {
    season.Take(start, 1e6, {});
    for (int64_t ms = 0; ms < kDayMs; ms += kHourMs) EXPECT_NEAR(AtTime(season, 0, ms), 50 * Wave(ms), 10) << ms;
  }
  Feed(season, 400'001 * kDayMs, 400'030 * kDayMs, kHourMs, demand);
  for (int64_t ms = 0; ms < kDayMs; ms += kHourMs) EXPECT_NEAR(AtTime(season, 0, ms), 50 * Wave(ms), 0.1) << ms;
}

TEST(SeasonTest, TheMeanDoesNotDriftAfterHugeValuesHaveLeft) {
  for (const double huge : {1e12, 1e17, 1e30}) {
    Season season(kDayMs, kHourMs, {kNewestOnly, {.gain = 1, .multiplicative = true}});
    Feed(season, 0, 2 * kDayMs, kHourMs, [](int64_t) { return 1.0; });
    season.Take(2 * kDayMs + 7 * kHourMs, huge, {});
    Feed(season, 2 * kDayMs + 8 * kHourMs, 6 * kDayMs, kHourMs, [](int64_t) { return 1.0; });
    for (int64_t hour = 0; hour < 24; ++hour) {
      EXPECT_NEAR(season.At(0, static_cast<double>(hour)), 0, 1e-6) << huge << ' ' << hour;
      EXPECT_NEAR(season.At(1, static_cast<double>(hour)), 1, 1e-6) << huge << ' ' << hour;
    }
  }
}

}  // namespace
}  // namespace dso::forecast
