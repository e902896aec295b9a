#include "forecast/filter_bank.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>

#include "tests/forecast/noise.h"

namespace dso::forecast {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kHourMs = 60 * kMinuteMs;
constexpr int64_t kDayMs = 24 * kHourMs;
constexpr int64_t kStepMs = 5 * kMinuteMs;
constexpr size_t kLead = 4;
const Calendar kUtc;

// The names say the constants only roughly; these are those of a step of five minutes in a day of 288 steps.
const double kSlowest = -std::expm1(-29.0 / 288);  // without a trend
const double kFastTrend = 0.8;                     // the largest level's constant of a filter with a trend
const double kSlowTrend = -std::expm1(-234.0 / 288);
constexpr double kTrendGain = 0.15;
const double kDamping = std::pow(0.8, 1.0 / kLead);

size_t Find(const FilterBank& bank, const std::string& name) {
  for (size_t i = 0; i < bank.size(); ++i) {
    if (bank.Name(i) == name) return i;
  }
  ADD_FAILURE() << "no filter " << name;
  return 0;
}

std::vector<double> Only(const FilterBank& bank, size_t filter) {
  std::vector<double> weights(bank.size(), 0);
  weights[filter] = 1;
  return weights;
}

std::vector<float> AnswersOf(const FilterBank& bank, int64_t steps, int64_t utc_ms) {
  std::vector<float> answers(bank.size(), std::numeric_limits<float>::quiet_NaN());
  bank.Answers(steps, utc_ms, {}, answers);
  return answers;
}

double Daily(int64_t ms) { return std::sin(2 * std::numbers::pi * static_cast<double>(ms) / kDayMs); }

// A bank with the season of a day after `days` of noise round a sine.
FilterBank Seasonal(int64_t days, int64_t* end_ms) {
  Noise noise(1);
  FilterBank bank(kStepMs, kLead, {kDayMs});
  for (int64_t ms = 0; ms < days * kDayMs; ms += kStepMs) {
    bank.Take(ms, 1, 1000 + 300 * Daily(ms) + 20 * noise.Normal(), kUtc);
    *end_ms = ms;
  }
  return bank;
}

TEST(DampedStepsTest, IsTheSumOfThePowers) {
  for (const double damping : {0.1, 0.5, 0.8, 0.98, 0.9999}) {
    double sum = 0;
    for (int h = 1; h <= 300; ++h) {
      sum += std::pow(damping, h);
      ASSERT_NEAR(DampedSteps(damping, h), sum, 1e-9 * sum) << damping << ' ' << h;
    }
  }
  EXPECT_EQ(DampedSteps(0.9, 0), 0);
  EXPECT_EQ(DampedSteps(1, 17), 17);
  EXPECT_EQ(DampedSteps(0, 17), 0);
}

TEST(FilterBankTest, TheFirstFilterIsTheLastValue) {
  FilterBank bank(kStepMs, kLead, {kDayMs, 7 * kDayMs});
  EXPECT_EQ(bank.Name(0), "last value");
  EXPECT_EQ(bank.SeasonOf(0), -1);
  for (int64_t i = 0; i < 3; ++i) bank.Take(i * kStepMs, 1, 3.0 + static_cast<double>(i * i), kUtc);
  EXPECT_EQ(AnswersOf(bank, 1, 2 * kStepMs)[0], 7);
  EXPECT_EQ(AnswersOf(bank, 1000, 2 * kStepMs)[0], 7);
  EXPECT_EQ(bank.Combine(Only(bank, 0), 2 * kStepMs, nullptr, 0, kUtc).At(kDayMs), 7);
}

// Simple exponential smoothing: FPP3, §8.1. Without a season there is none slower than 20 of the 288 steps.
TEST(FilterBankTest, ALevelByHand) {
  const double alpha = -std::expm1(-104.0 / 288);
  FilterBank bank(kStepMs, kLead, {});
  const size_t filter = Find(bank, "no season, α=0.3");
  double level = 50;
  const std::array<double, 5> values{50, 62, 41, 0, 70};
  for (size_t i = 0; i < values.size(); ++i) {
    bank.Take(static_cast<int64_t>(i) * kStepMs, 1, values[i], kUtc);
    level = alpha * values[i] + (1 - alpha) * level;
    EXPECT_FLOAT_EQ(AnswersOf(bank, 3, static_cast<int64_t>(i) * kStepMs)[filter], static_cast<float>(level)) << i;
  }
}

// The damped trend in component form: FPP3, §8.2,
//   l(t) = α y + (1 − α)(l + φb),   b(t) = β* (l(t) − l(t−1)) + (1 − β*) φb,   ŷ(t+h) = l + (φ + … + φ^h) b.
TEST(FilterBankTest, ADampedTrendIsThatOfTheComponentForm) {
  FilterBank bank(kStepMs, kLead, {});
  const size_t filter = Find(bank, "no season, α=0.56, damped trend");
  const double alpha = kSlowTrend;
  const std::array<double, 8> values{100, 103, 109, 112, 121, 118, 130, 129};
  double level = values[0];
  double trend = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const int64_t now = static_cast<int64_t>(i) * kStepMs;
    bank.Take(now, 1, values[i], kUtc);
    if (i > 0) {
      const double before = level;
      level = alpha * values[i] + (1 - alpha) * (before + kDamping * trend);
      trend = kTrendGain * (level - before) + (1 - kTrendGain) * kDamping * trend;
    }
    double forecast = level;
    for (int h = 1; h <= 12; ++h) {
      forecast += std::pow(kDamping, h) * trend;
      ASSERT_FLOAT_EQ(AnswersOf(bank, h, now)[filter], static_cast<float>(forecast)) << i << ' ' << h;
      ASSERT_NEAR(bank.Combine(Only(bank, filter), now, nullptr, 0, kUtc).At(h * kStepMs), forecast, 1e-5);
    }
  }
  EXPECT_GT(trend, 1);
}

// With φ = 0.8 (a lead of one step), α = 0.8 and β = 0.15, from 10: after 20 the level is 18 and the trend 1.2; the
// next forecast is 18 + 0.96. After 30 the surprise is 11.04: the level is 18.96 + 8.832, the trend 0.96 + 1.3248.
TEST(FilterBankTest, TwoStepsOfADampedTrendByHand) {
  FilterBank bank(kStepMs, 1, {});
  const size_t filter = Find(bank, "no season, α=0.8, damped trend");
  bank.Take(0, 1, 10, kUtc);
  bank.Take(kStepMs, 1, 20, kUtc);
  const auto at = [&](int64_t now, int64_t h) {
    return bank.Combine(Only(bank, filter), now, nullptr, 0, kUtc).At(h * kStepMs);
  };
  EXPECT_NEAR(at(kStepMs, 0), 18, 1e-12);
  EXPECT_NEAR(at(kStepMs, 1), 18.96, 1e-6);
  bank.Take(2 * kStepMs, 1, 30, kUtc);
  EXPECT_NEAR(at(2 * kStepMs, 0), 27.792, 1e-12);
  EXPECT_NEAR(at(2 * kStepMs, 1), 27.792 + 0.8 * 2.2848, 1e-6);
  EXPECT_NEAR(at(2 * kStepMs, 2), 27.792 + (0.8 + 0.64) * 2.2848, 1e-6);
}

TEST(FilterBankTest, MissingStepsForgetAsManyStepsWithTheValueWould) {
  FilterBank gap(kStepMs, kLead, {});
  FilterBank steady(kStepMs, kLead, {});
  for (FilterBank* bank : {&gap, &steady}) bank->Take(0, 1, 10, kUtc);
  gap.Take(5 * kStepMs, 5, 20, kUtc);
  for (int64_t i = 1; i <= 5; ++i) steady.Take(i * kStepMs, 1, 20, kUtc);
  for (size_t i = 0; i < gap.size(); ++i) {
    if (gap.Name(i).find("trend") != std::string::npos) continue;
    EXPECT_FLOAT_EQ(AnswersOf(gap, 2, 5 * kStepMs)[i], AnswersOf(steady, 2, 5 * kStepMs)[i]) << gap.Name(i);
  }
}

TEST(FilterBankTest, SeasonsAreUsableAfterTwoPeriodsAndStandForTheLastValueUntilThen) {
  FilterBank bank(kHourMs, 1, {kDayMs, 2 * kDayMs});
  for (int64_t hour = 0; hour <= 4 * 24; ++hour) {
    const double value = 100 + 50 * Daily(hour * kHourMs);
    bank.Take(hour * kHourMs, 1, value, kUtc);
    const std::vector<float> answers = AnswersOf(bank, 6, hour * kHourMs);
    for (size_t i = 0; i < bank.size(); ++i) {
      const int season = bank.SeasonOf(i);
      const bool usable = season < 0 || hour >= (season == 0 ? 48 : 96);
      ASSERT_EQ(bank.usable()[i] != 0, usable) << bank.Name(i) << ' ' << hour;
      ASSERT_TRUE(usable || answers[i] == static_cast<float>(value)) << bank.Name(i) << ' ' << hour;
    }
  }
}

// l + s and l · s: of values that are no outliers a filter makes its own recursion over the profile of the season.
TEST(FilterBankTest, SeasonalFiltersSmoothWhatTheirProfileLeaves) {
  int64_t now = 0;
  FilterBank bank = Seasonal(3, &now);
  Noise noise(2);
  const size_t additive = Find(bank, "day + γ=0.15, α=0.096");
  const size_t factor = Find(bank, "day ×, α=0.096");
  double level = bank.Combine(Only(bank, additive), now, nullptr, 0, kUtc).At(0) - bank.seasons()[0].At(1, 287);
  double base = bank.Combine(Only(bank, factor), now, nullptr, 0, kUtc).At(0) / bank.seasons()[0].At(3, 287);
  const Season& season = bank.seasons()[0];
  for (int i = 0; i < 400; ++i) {
    now += kStepMs;
    const double value = 1000 + 300 * Daily(now) + 40 * (noise.Uniform() - 0.5);
    const double phase = season.Phase(now, kUtc);
    level += kSlowest * (value - season.At(1, phase) - level);
    base += kSlowest * (value / season.At(3, phase) - base);
    bank.Take(now, 1, value, kUtc);
    for (const int64_t h : {0, 1, 7, 300}) {
      const double later = season.Phase(now + h * kStepMs, kUtc);
      ASSERT_NEAR(bank.Combine(Only(bank, additive), now, nullptr, 0, kUtc).At(h * kStepMs),
                  level + season.At(1, later), 1e-6);
      ASSERT_NEAR(bank.Combine(Only(bank, factor), now, nullptr, 0, kUtc).At(h * kStepMs), base * season.At(3, later),
                  1e-6);
    }
  }
}

// Taylor (2003): Holt-Winters whose residual is autocorrelated says l + s + ρ^h r, r = y − s − l. The same is a convex
// combination of the filters of one profile.
TEST(FilterBankTest, AnAutocorrelatedResidualIsACombinationWithTheLastValue) {
  int64_t now = 0;
  FilterBank bank = Seasonal(3, &now);
  Noise noise(3);
  const Season& season = bank.seasons()[0];
  const size_t slow = Find(bank, "day + γ=0.15, α=0.096");
  const size_t last = Find(bank, "day + γ=0.15, last value");
  double level = bank.Combine(Only(bank, slow), now, nullptr, 0, kUtc).At(0) - season.At(1, 287);
  for (int i = 0; i < 200; ++i) {
    now += kStepMs;
    const double value = 1000 + 300 * Daily(now) + 40 * (noise.Uniform() - 0.5);
    const double deseasonal = value - season.At(1, season.Phase(now, kUtc));
    level += kSlowest * (deseasonal - level);
    const double residual = deseasonal - level;
    bank.Take(now, 1, value, kUtc);
    for (const double rho : {0.3, 0.9, 0.99}) {
      for (const int h : {1, 4, 20}) {
        std::vector<double> weights(bank.size(), 0);
        weights[slow] = 1 - std::pow(rho, h);
        weights[last] = std::pow(rho, h);
        const double taylor = level + season.At(1, season.Phase(now + h * kStepMs, kUtc)) + std::pow(rho, h) * residual;
        ASSERT_NEAR(bank.Combine(weights, now, nullptr, 0, kUtc).At(h * kStepMs), taylor, 1e-6) << rho << ' ' << h;
      }
    }
  }
}

TEST(FilterBankTest, FollowsADayThatItKnows) {
  int64_t now = 0;
  const FilterBank bank = Seasonal(10, &now);
  const size_t filter = Find(bank, "day + γ=0.07, α=0.096");
  const FilterBank::Outlook outlook = bank.Combine(Only(bank, filter), now, nullptr, 0, kUtc);
  for (int64_t ms = 0; ms < kDayMs; ms += 10 * kMinuteMs) EXPECT_NEAR(outlook.At(ms), 1000 + 300 * Daily(now + ms), 45);
}

TEST(FilterBankTest, AnOutlookIsTheCombinationOfTheAnswers) {
  int64_t now = 0;
  const FilterBank bank = Seasonal(3, &now);
  Noise noise(4);
  std::vector<double> weights(bank.size());
  double sum = 0;
  for (double& weight : weights) sum += weight = noise.Uniform();
  for (double& weight : weights) weight /= sum;
  const FilterBank::Outlook outlook = bank.Combine(weights, now, nullptr, 0, kUtc);
  for (const int64_t h : {1, 2, 50, 288, 1000}) {
    const std::vector<float> answers = AnswersOf(bank, h, now);
    double combined = 0;
    for (size_t i = 0; i < answers.size(); ++i) combined += weights[i] * answers[i];
    EXPECT_NEAR(outlook.At(h * kStepMs), combined, 1e-3) << h;
  }
}

// Taking a value teaches the season as well, so that no more than nearly the same is asked for.
void ExpectBelievedLikeTaken(double value) {
  int64_t now = 0;
  FilterBank bank = Seasonal(3, &now);
  const FilterBank before = bank;
  now += kStepMs;
  bank.Take(now, 1, value, kUtc);
  for (size_t i = 0; i < bank.size(); ++i) {
    const double taken = bank.Combine(Only(bank, i), now, nullptr, 0, kUtc).At(kStepMs);
    const double believed = before.Combine(Only(before, i), now, &value, 1, kUtc).At(kStepMs);
    EXPECT_NEAR(believed, taken, 1e-3 * taken) << bank.Name(i);
    const double ignored = before.Combine(Only(before, i), now, &value, 0, kUtc).At(kStepMs);
    const double none = before.Combine(Only(before, i), now - kStepMs, nullptr, 0, kUtc).At(2 * kStepMs);
    EXPECT_NEAR(ignored, none, 1e-6 * none) << bank.Name(i);
    const double half = before.Combine(Only(before, i), now, &value, 0.5, kUtc).At(kStepMs);
    EXPECT_NEAR(half, (believed + ignored) / 2, 1e-3 * half) << bank.Name(i);
  }
}

TEST(FilterBankTest, AValueThatIsFullyBelievedIsOneMoreStep) { ExpectBelievedLikeTaken(1050); }

TEST(FilterBankTest, AnOutlierIsNoMoreBelievedBeforeItIsTakenThanAfter) { ExpectBelievedLikeTaken(2000); }

TEST(FilterBankTest, SlowFiltersForgetAnOutlierAndFastOnesHaveTheLastValue) {
  int64_t now = 0;
  FilterBank bank = Seasonal(5, &now);
  now += kStepMs;
  bank.Take(now, 1, 100'000, kUtc);
  const double truth = 1000 + 300 * Daily(now);
  EXPECT_EQ(bank.Combine(Only(bank, 0), now, nullptr, 0, kUtc).At(0), 100'000);
  for (const std::string name : {"day + γ=0.07, α=0.096", "day + γ=0.15, α=0.096", "day ×, α=0.096"}) {
    const double answer = bank.Combine(Only(bank, Find(bank, name)), now, nullptr, 0, kUtc).At(0);
    EXPECT_NEAR(answer, truth, 60) << name;  // of 100,000 they would take 9,600
  }
}

// Twice the level, for good: within about three times their memory of ten steps.
TEST(FilterBankTest, SlowFiltersFollowAShift) {
  int64_t now = 0;
  FilterBank bank = Seasonal(5, &now);
  const size_t filter = Find(bank, "day + γ=0.07, α=0.096");
  for (int i = 0; i < 36; ++i) {
    now += kStepMs;
    bank.Take(now, 1, 2000 + 300 * Daily(now), kUtc);
  }
  EXPECT_NEAR(bank.Combine(Only(bank, filter), now, nullptr, 0, kUtc).At(0), 2000 + 300 * Daily(now), 150);
}

TEST(FilterBankTest, AnswersAreNeverNegative) {
  FilterBank bank(kStepMs, kLead, {});
  for (int64_t i = 0; i < 20; ++i)
    bank.Take(i * kStepMs, 1, std::max(0.0, 1000.0 - 100.0 * static_cast<double>(i)), kUtc);
  for (const float answer : AnswersOf(bank, 20, 19 * kStepMs)) EXPECT_GE(answer, 0);
}

TEST(FilterBankTest, ThePriorBelievesMostInTheLastValue) {
  for (const auto& periods : {std::vector<int64_t>{}, std::vector<int64_t>{kDayMs, 7 * kDayMs}}) {
    const std::vector<double> prior = FilterBank(kStepMs, kLead, periods).Prior();
    double sum = 0;
    for (const double weight : prior) {
      EXPECT_GT(weight, 0);
      EXPECT_LE(weight, prior.front());
      sum += weight;
    }
    EXPECT_NEAR(sum, 1, 1e-12);
  }
}

TEST(FilterBankTest, NoFilterIsASecondCopyOfAnother) {
  for (const int64_t step : {int64_t{1000}, kMinuteMs, kStepMs, 30 * kMinuteMs, kHourMs, 12 * kHourMs}) {
    const FilterBank bank(step, kLead, {kDayMs, 7 * kDayMs});
    std::set<std::string> names;
    for (size_t i = 0; i < bank.size(); ++i) EXPECT_TRUE(names.insert(bank.Name(i)).second) << step << bank.Name(i);
  }
}

}  // namespace
}  // namespace dso::forecast
