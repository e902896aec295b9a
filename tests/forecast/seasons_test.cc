#include "forecast/seasons.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "synthetic.h"

namespace dso::forecast {
namespace {

constexpr Bucket kFirst = 12'345;

TEST(SeasonsTest, SlotsAreRounded) {
  EXPECT_EQ(SlotsOf(std::chrono::hours(24), kStep), 288u);
  EXPECT_EQ(SlotsOf(std::chrono::seconds(604), std::chrono::seconds(5)), 121u);
  EXPECT_EQ(SlotsOf(milliseconds(1), kStep), 2u);
  EXPECT_EQ(SlotsOf(milliseconds::max(), milliseconds(1)), 1'000'000'000u);
}

TEST(SeasonsTest, AProfileIsFoundUnderATrendAndABurst) {
  const std::array<float, 4> truth{3, -1, -4, 2};
  std::vector<float> values;
  for (Bucket i = 0; i < 40; ++i)
    values.push_back(static_cast<float>(100 + i) + truth[static_cast<size_t>((kFirst + i) % 4)]);
  values[17] += 1000;
  values[23] = NAN;
  const std::array<size_t, 1> periods{4};
  const auto profiles = EstimateProfiles(values, kFirst, periods);
  ASSERT_EQ(profiles.size(), 1u);
  // The trend of one a step leaves half a step in a centred mean of an even number of values, the same for all slots.
  for (size_t slot = 0; slot < 4; ++slot) EXPECT_NEAR(profiles[0][slot], truth[slot], 0.3) << slot;
}

TEST(SeasonsTest, TheLongerSeasonDescribesWhatTheShorterLeaves) {
  std::vector<float> values;
  for (int64_t i = 0; i < 3 * kWeek; ++i) values.push_back(static_cast<float>(WeekShape(i)));
  const std::array<size_t, 2> periods{static_cast<size_t>(kDay), static_cast<size_t>(kWeek)};
  const auto profiles = EstimateProfiles(values, 0, periods);
  double mean = 0;
  for (const float value : values) mean += value / static_cast<double>(values.size());
  double error = 0;
  for (int64_t i = 0; i < kWeek; ++i) {
    const double model = mean + profiles[0][static_cast<size_t>(i % kDay)] + profiles[1][static_cast<size_t>(i)];
    error += std::abs(model - WeekShape(i)) / kWeek;
  }
  EXPECT_LT(error, 1.5);  // of about 84: the jumps at midnight are smoothed
}

TEST(SeasonsTest, APeriodWithoutAnyValueIsFlat) {
  const std::vector<float> values(20, NAN);
  const std::array<size_t, 1> periods{10};
  const auto profiles = EstimateProfiles(values, 0, periods);
  ASSERT_EQ(profiles.size(), 1u);
  EXPECT_EQ(profiles[0], Profile(10, 0));
}

}  // namespace
}  // namespace dso::forecast
