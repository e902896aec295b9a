#include "decide/survival.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace dso::decide {
namespace {

Lifetime Ended(int s) { return {seconds(s), true}; }
Lifetime Lost(int s) { return {seconds(s), false}; }

TEST(Survival, WithoutCensoringIsTheNearestRank) {
  std::vector<Lifetime> lifetimes;
  for (int i = 1; i <= 20; ++i) {
    lifetimes.push_back(Ended(i));
    std::rotate(lifetimes.begin(), lifetimes.end() - 1, lifetimes.end());  // the order does not matter
    EXPECT_EQ(QuantileOf(lifetimes, 0.9), seconds((9 * i + 9) / 10)) << i;
    EXPECT_EQ(QuantileOf(lifetimes, 0.5), seconds((i + 1) / 2)) << i;
  }
}

// J. D. Kalbfleisch, R. L. Prentice, The Statistical Analysis of Failure Time Data: remission of leukaemia under 6-MP
// (Freireich et al. 1963): S(6) = 0.857, S(7) = 0.807, S(10) = 0.753, S(13) = 0.690, S(16) = 0.627, S(22) = 0.538,
// S(23) = 0.448.
TEST(Survival, GivesTheFiguresOfTheTextbook) {
  const std::vector<Lifetime> lifetimes{Ended(6),  Ended(6),  Ended(6),  Lost(6),   Ended(7), Lost(9),  Ended(10),
                                        Lost(10),  Lost(11),  Ended(13), Ended(16), Lost(17), Lost(19), Lost(20),
                                        Ended(22), Ended(23), Lost(25),  Lost(32),  Lost(32), Lost(34), Lost(35)};
  struct Case {
    double survivors;
    int length;
  };
  for (const auto& [survivors, length] :
       {Case{0.858, 6}, {0.856, 7}, {0.754, 10}, {0.691, 13}, {0.628, 16}, {0.50, 23}}) {
    EXPECT_EQ(QuantileOf(lifetimes, 1 - survivors), seconds(length)) << survivors;
  }
  EXPECT_EQ(QuantileOf(lifetimes, 0.9), std::nullopt) << "beyond all that was seen";
}

TEST(Survival, OfNothingIsNothing) {
  EXPECT_EQ(QuantileOf({}, 0.5), std::nullopt);
  EXPECT_EQ(QuantileOf({Lost(5)}, 0.5), std::nullopt);
}

TEST(Survival, WhatIsCensoredNeverMakesAQuantileShorter) {
  std::minstd_rand random(3);
  for (int round = 0; round < 2'000; ++round) {
    std::vector<Lifetime> lifetimes;
    for (size_t n = 1 + random() % 12; n > 0; --n) lifetimes.push_back({seconds(random() % 20), random() % 3 != 0});
    const auto before = QuantileOf(lifetimes, 0.9);
    lifetimes.push_back(Lost(static_cast<int>(random() % 25)));
    const auto after = QuantileOf(lifetimes, 0.9);
    ASSERT_TRUE(!after || (before && *before <= *after)) << "round " << round;
  }
}

}  // namespace
}  // namespace dso::decide
