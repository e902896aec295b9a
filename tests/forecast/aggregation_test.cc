#include "forecast/aggregation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "tests/forecast/noise.h"

namespace dso::forecast {
namespace {

std::vector<char> AllOf(size_t models) { return std::vector<char>(models, 1); }

std::vector<double> WeightsOf(const Aggregation& aggregation, const std::vector<char>& usable) {
  std::vector<double> weights(aggregation.size(), -1);
  aggregation.Weights(usable, weights);
  return weights;
}
std::vector<double> WeightsOf(const Aggregation& aggregation) {
  return WeightsOf(aggregation, AllOf(aggregation.size()));
}

double Sum(const std::vector<double>& weights) { return std::accumulate(weights.begin(), weights.end(), 0.0); }

// What the combination says, and then what is learned from the absolute error of it. Returns that error.
double Step(Aggregation& aggregation, const std::vector<float>& answers, double actual) {
  const std::vector<double> weights = WeightsOf(aggregation);
  double combined = 0;
  for (size_t i = 0; i < answers.size(); ++i) combined += weights[i] * answers[i];
  const double gradient = combined > actual ? 1 : combined < actual ? -1 : 0;
  aggregation.Learn(gradient, combined, answers);
  return std::abs(combined - actual);
}

TEST(AggregationTest, StartsWithThePrior) {
  const Aggregation aggregation({0.5, 0.3, 0.2}, 100);
  EXPECT_EQ(aggregation.size(), 3u);
  EXPECT_EQ(WeightsOf(aggregation), (std::vector<double>{0.5, 0.3, 0.2}));
}

TEST(AggregationTest, KeepsThePriorWhileNobodyIsBetterThanTheCombination) {
  Aggregation aggregation({0.5, 0.3, 0.2}, 100);
  for (int i = 0; i < 50; ++i) aggregation.Learn(1, 10, std::array{11.0f, 12.0f, 10.0f});
  EXPECT_EQ(WeightsOf(aggregation), (std::vector<double>{0.5, 0.3, 0.2}));
}

TEST(AggregationTest, AModelThatSaysTheSameNeitherGainsNorLoses) {
  Aggregation aggregation({0.5, 0.5}, 100);
  aggregation.Learn(1, 10, std::array{10.0f, 9.0f});
  EXPECT_EQ(WeightsOf(aggregation), (std::vector<double>{0, 1}));
  Aggregation other({0.5, 0.5}, 100);
  other.Learn(0, 10, std::array{10.0f, 9.0f});
  EXPECT_EQ(WeightsOf(other), (std::vector<double>{0.5, 0.5}));
}

// By hand, with a memory so long that nothing fades. The gradient is 1:
//   combined 10, answers 8 and 6:  r = 2, 4
//   combined 7, answers 8 and 6:   r = −1, 1
// R = 1, 5; Σr² = 5, 17; max r² = 4, 16; weights ∝ 0.75 · 1/9, 0.25 · 5/33.
TEST(AggregationTest, TwoUpdatesByHand) {
  Aggregation aggregation({0.75, 0.25}, 1e15);
  aggregation.Learn(1, 10, std::array{8.0f, 6.0f});
  aggregation.Learn(1, 7, std::array{8.0f, 6.0f});
  const double first = 0.75 / 9;
  const double second = 0.25 * 5 / 33;
  const std::vector<double> weights = WeightsOf(aggregation);
  EXPECT_NEAR(weights[0], first / (first + second), 1e-12);
  EXPECT_NEAR(weights[1], second / (first + second), 1e-12);
}

// By hand, with a memory of 1/ln 2, so that half is kept: r = 4 and 1, then 0 and 2.
// R = 2, 2.5; Σr² = 8, 4.5; max r² = 8, 4.
TEST(AggregationTest, RegretsFadeByHand) {
  Aggregation aggregation({0.5, 0.5}, 1 / std::log(2.0));
  aggregation.Learn(1, 10, std::array{6.0f, 9.0f});
  aggregation.Learn(1, 10, std::array{10.0f, 8.0f});
  const double first = 2.0 / 16;
  const double second = 2.5 / 8.5;
  EXPECT_NEAR(WeightsOf(aggregation)[0], first / (first + second), 1e-12);
}

TEST(AggregationTest, FindsTheBestModel) {
  Noise noise(1);
  Aggregation aggregation({0.8, 0.1, 0.1}, 1000);
  double late_error = 0;
  double late_best = 0;
  for (int i = 0; i < 2000; ++i) {
    const double actual = 100 + 10 * noise.Normal();
    const std::vector<float> answers{static_cast<float>(actual + 8 * noise.Normal()),
                                     static_cast<float>(actual + noise.Normal()),
                                     static_cast<float>(actual + 20 * noise.Normal())};
    const double error = Step(aggregation, answers, actual);
    if (i < 1000) continue;
    late_error += error;
    late_best += std::abs(answers[1] - actual);
  }
  EXPECT_GT(WeightsOf(aggregation)[1], 0.9);
  EXPECT_LT(late_error, 1.05 * late_best);
}

// Two models that are wrong by independent amounts: the best convex combination is half of each, and its mean error is
// 1/√2 of theirs. A third is always too high.
TEST(AggregationTest, FindsACombinationThatIsBetterThanEachModel) {
  Noise noise(2);
  Aggregation aggregation({0.1, 0.1, 0.8}, 1000);
  std::array<double, 3> of_models{};
  double of_combination = 0;
  double of_halves = 0;
  for (int i = 0; i < 6000; ++i) {
    const double actual = 50 + 20 * std::sin(0.01 * i);
    const std::vector<float> answers{static_cast<float>(actual + noise.Normal()),
                                     static_cast<float>(actual + noise.Normal()), static_cast<float>(actual + 5)};
    const double error = Step(aggregation, answers, actual);
    if (i < 1000) continue;
    of_combination += error;
    of_halves += std::abs((answers[0] + answers[1]) / 2 - actual);
    for (size_t k = 0; k < 3; ++k) of_models[k] += std::abs(answers[k] - actual);
  }
  EXPECT_LT(of_combination, 0.85 * std::min(of_models[0], of_models[1]));
  EXPECT_LT(of_combination, 1.1 * of_halves);
  const std::vector<double> weights = WeightsOf(aggregation);
  EXPECT_NEAR(weights[0], weights[1], 0.5);
  EXPECT_LT(weights[2], 0.1);
}

// Models that are always 1 too high and 3 too low: three parts to one are right.
TEST(AggregationTest, FindsTheUnevenCombinationOfOppositeErrors) {
  Aggregation aggregation({0.5, 0.5}, 500);
  double first = 0;
  double error = 0;
  for (int i = 0; i < 4000; ++i) {
    const double now = Step(aggregation, {11, 7}, 10);
    if (i < 2000) continue;
    error += now / 2000;
    first += WeightsOf(aggregation)[0] / 2000;
  }
  EXPECT_NEAR(first, 0.75, 0.02);
  EXPECT_LT(error, 0.2);
}

TEST(AggregationTest, UnusableModelsHaveNoWeightAndTheOthersShareOne) {
  Noise noise(3);
  Aggregation aggregation({0.4, 0.3, 0.2, 0.1}, 50);
  for (int i = 0; i < 300; ++i) {
    const std::vector<float> answers{static_cast<float>(noise.Normal()), static_cast<float>(0.8 * noise.Normal()),
                                     static_cast<float>(0.9 * noise.Normal()), static_cast<float>(3 * noise.Normal())};
    Step(aggregation, answers, 0);
    for (unsigned mask = 1; mask < 16; ++mask) {
      std::vector<char> usable;
      for (unsigned k = 0; k < 4; ++k) usable.push_back(static_cast<char>(mask >> k & 1));
      const std::vector<double> weights = WeightsOf(aggregation, usable);
      ASSERT_NEAR(Sum(weights), 1, 1e-12) << i << ' ' << mask;
      for (size_t k = 0; k < 4; ++k) {
        ASSERT_GE(weights[k], 0) << i << ' ' << mask;
        ASSERT_TRUE(usable[k] != 0 || weights[k] == 0) << i << ' ' << mask;
      }
    }
  }
}

TEST(AggregationTest, WithoutTheBestModelThePriorOfTheOthersHolds) {
  Aggregation aggregation({0.25, 0.5, 0.25}, 50);
  for (int i = 0; i < 10; ++i) aggregation.Learn(1, 10, std::array{12.0f, 5.0f, 12.0f});
  EXPECT_EQ(WeightsOf(aggregation), (std::vector<double>{0, 1, 0}));
  EXPECT_EQ(WeightsOf(aggregation, {1, 0, 1}), (std::vector<double>{0.5, 0, 0.5}));
}

TEST(AggregationTest, WithoutAnyUsableModelAllWeightsAreZero) {
  Aggregation aggregation({0.5, 0.5}, 50);
  EXPECT_EQ(WeightsOf(aggregation, {0, 0}), (std::vector<double>{0, 0}));
  aggregation.Learn(1, 10, std::array{8.0f, 9.0f});
  EXPECT_EQ(WeightsOf(aggregation, {0, 0}), (std::vector<double>{0, 0}));
}

TEST(AggregationTest, FollowsAChangeOfTheBestModelWithinAFewMemories) {
  constexpr int kMemory = 100;
  Noise noise(4);
  Aggregation aggregation({0.5, 0.5}, kMemory);
  const auto run = [&](int steps, double first, double second) {
    for (int i = 0; i < steps; ++i) {
      Step(aggregation, {static_cast<float>(first * noise.Normal()), static_cast<float>(second * noise.Normal())}, 0);
    }
  };
  run(50 * kMemory, 1, 10);
  EXPECT_GT(WeightsOf(aggregation)[0], 0.8);
  run(4 * kMemory, 10, 1);
  EXPECT_GT(WeightsOf(aggregation)[1], 0.8);
}

TEST(AggregationTest, ALongMemoryDoesNotForgetSoSoon) {
  Aggregation aggregation({0.5, 0.5}, 1000);
  for (int i = 0; i < 1000; ++i) aggregation.Learn(1, 10, std::array{9.0f, 11.0f});
  for (int i = 0; i < 100; ++i) aggregation.Learn(1, 10, std::array{11.0f, 9.0f});
  EXPECT_EQ(WeightsOf(aggregation), (std::vector<double>{1, 0}));
}

TEST(AggregationTest, DoesNotFlapBetweenIdenticalModels) {
  Noise noise(5);
  Aggregation aggregation({0.25, 0.25, 0.5}, 100);
  for (int i = 0; i < 2000; ++i) {
    const float same = static_cast<float>(noise.Normal());
    Step(aggregation, {same, same, static_cast<float>(noise.Normal())}, 0);
    const std::vector<double> weights = WeightsOf(aggregation);
    ASSERT_EQ(weights[0], weights[1]) << i;
  }
}

TEST(AggregationTest, AScaleThatIsAPowerOfTwoChangesNoWeight) {
  for (const double scale : {0x1p-40, 0.5, 1024.0, 0x1p60}) {
    Noise noise(6);
    Aggregation plain({0.5, 0.3, 0.2}, 77);
    Aggregation scaled({0.5, 0.3, 0.2}, 77);
    for (int i = 0; i < 500; ++i) {
      const double actual = 10 + noise.Normal();
      std::vector<float> answers;
      for (int k = 0; k < 3; ++k) answers.push_back(static_cast<float>(10 + (1 + k) * noise.Normal()));
      std::vector<float> larger;
      for (const float answer : answers) larger.push_back(static_cast<float>(scale * answer));
      Step(plain, answers, actual);
      Step(scaled, larger, scale * actual);
      ASSERT_EQ(WeightsOf(plain), WeightsOf(scaled)) << scale << ' ' << i;
    }
  }
}

// The squares of such regrets are zero.
TEST(AggregationTest, RegretsTooSmallToSquareLeaveThePrior) {
  Aggregation aggregation({0.75, 0.25}, 20);
  aggregation.Learn(1, 1e-200, std::array{0.0f, 0.0f});
  EXPECT_EQ(WeightsOf(aggregation), (std::vector<double>{0.75, 0.25}));
}

TEST(AggregationTest, ExtremeGradientsAndAnswersLeaveFiniteWeights) {
  Noise noise(7);
  Aggregation aggregation({0.4, 0.3, 0.3}, 20);
  const std::array<double, 8> sizes{1e30, -1e30, 1e-30, 0, 1, 1e38, 1e-200, -1e-45};
  const auto any = [&] { return sizes[static_cast<size_t>(noise.Uniform() * 8)]; };
  for (int i = 0; i < 5000; ++i) {
    const std::array answers{static_cast<float>(any()), static_cast<float>(any()), static_cast<float>(any())};
    aggregation.Learn(any(), any(), answers);
    const std::vector<double> weights = WeightsOf(aggregation);
    ASSERT_NEAR(Sum(weights), 1, 1e-12) << i;
    for (const double weight : weights) ASSERT_TRUE(weight >= 0 && weight <= 1) << i << ' ' << weight;
  }
}

}  // namespace
}  // namespace dso::forecast
