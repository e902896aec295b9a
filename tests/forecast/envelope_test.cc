#include "forecast/envelope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/forecast/noise.h"

namespace dso::forecast {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;

// Ten at all hours but noon, where day i has noons[i].
Envelope WithNoons(const std::vector<double>& noons, int64_t first_day = 0) {
  Envelope envelope(kDayMs, kHourMs);
  for (size_t i = 0; i < noons.size(); ++i) {
    for (int64_t hour = 0; hour < 24; ++hour) {
      const int64_t ms = (first_day + static_cast<int64_t>(i)) * kDayMs + hour * kHourMs;
      envelope.Take(ms, hour == 12 ? noons[i] : 10);
    }
  }
  return envelope;
}

void ExpectReached(const std::optional<Envelope::Reached>& reached, double median, double second, double newest) {
  ASSERT_TRUE(reached.has_value());
  EXPECT_EQ(reached->median, median);
  EXPECT_EQ(reached->second, second);
  EXPECT_EQ(reached->newest, newest);
}

TEST(EnvelopeTest, KnowsNothingBeforeTwoPeriods) {
  EXPECT_FALSE(Envelope(kDayMs, kHourMs).At(0, kHourMs).has_value());
  const Envelope one = WithNoons({50});
  EXPECT_FALSE(one.At(kDayMs + 12 * kHourMs, kDayMs + 12 * kHourMs).has_value());
  const Envelope two = WithNoons({50, 30});
  ExpectReached(two.At(2 * kDayMs + 12 * kHourMs, 2 * kDayMs + 12 * kHourMs), 50, 50, 30);
}

TEST(EnvelopeTest, OfSevenPeriodsItKnowsTheMedianTheSecondAndTheNewest) {
  const Envelope envelope = WithNoons({70, 20, 60, 30, 50, 40, 35});
  const int64_t noon = 7 * kDayMs + 12 * kHourMs;
  ExpectReached(envelope.At(noon, noon), 40, 60, 35);
  ExpectReached(envelope.At(noon - kHourMs, noon - kHourMs), 10, 10, 10);
}

TEST(EnvelopeTest, TheEighthPeriodBackIsForgotten) {
  const Envelope envelope = WithNoons({1000, 900, 20, 60, 30, 50, 40, 35, 31});
  const int64_t noon = 9 * kDayMs + 12 * kHourMs;
  ExpectReached(envelope.At(noon, noon), 35, 50, 31);
}

TEST(EnvelopeTest, OfFewPeriodsTheUpperMedianIsTaken) {
  const Envelope three = WithNoons({50, 30, 40});
  ExpectReached(three.At(3 * kDayMs + 12 * kHourMs, 3 * kDayMs + 12 * kHourMs), 40, 40, 40);
  const Envelope four = WithNoons({50, 30, 40, 20});
  ExpectReached(four.At(4 * kDayMs + 12 * kHourMs, 4 * kDayMs + 12 * kHourMs), 40, 40, 20);
}

TEST(EnvelopeTest, AllPartsThatTheWindowTouchesCount) {
  const Envelope envelope = WithNoons({50, 60, 70});
  const int64_t noon = 3 * kDayMs + 12 * kHourMs;
  ExpectReached(envelope.At(noon - kHourMs, noon - 1), 10, 10, 10);
  ExpectReached(envelope.At(noon - 1, noon), 60, 60, 70);
  ExpectReached(envelope.At(noon + kHourMs - 1, noon + kHourMs), 60, 60, 70);
  ExpectReached(envelope.At(noon + kHourMs, noon + 2 * kHourMs), 10, 10, 10);
  ExpectReached(envelope.At(3 * kDayMs, 4 * kDayMs - 1), 60, 60, 70);
}

TEST(EnvelopeTest, AWindowMayEndBeforeItBegins) {
  const Envelope envelope = WithNoons({50, 60, 70});
  const int64_t noon = 3 * kDayMs + 12 * kHourMs;
  ExpectReached(envelope.At(noon, noon - 5 * kHourMs), 60, 60, 70);
}

TEST(EnvelopeTest, OfAWindowLongerThanAPeriodTheFirstPeriodCounts) {
  const Envelope envelope = WithNoons({50, 60, 70});
  ExpectReached(envelope.At(3 * kDayMs, 400 * kDayMs), 60, 60, 70);
}

TEST(EnvelopeTest, APartHasTheLargestOfItsValues) {
  Envelope envelope(kDayMs, 60'000);  // five steps a part
  for (int64_t day = 0; day < 2; ++day) {
    for (int64_t minute = 0; minute < 1440; ++minute) {
      envelope.Take(day * kDayMs + minute * 60'000, minute == 602 ? 9 : 1);
    }
  }
  const auto at = [&](int64_t minute) {
    return envelope.At(2 * kDayMs + minute * 60'000, 2 * kDayMs + minute * 60'000);
  };
  ExpectReached(at(599), 1, 1, 1);
  ExpectReached(at(600), 9, 9, 9);
  ExpectReached(at(604), 9, 9, 9);
  ExpectReached(at(605), 1, 1, 1);
}

TEST(EnvelopeTest, PeriodsWithoutAValueAreLeftOut) {
  Envelope envelope(kDayMs, kHourMs);
  const std::vector<int64_t> days{0, 2, 5};
  for (const int64_t day : days) envelope.Take(day * kDayMs + 12 * kHourMs, 10.0 + static_cast<double>(day));
  const int64_t noon = 6 * kDayMs + 12 * kHourMs;
  ExpectReached(envelope.At(noon, noon), 12, 12, 15);
  // A day later day 0 is still one of the last seven, then no longer, and then there is one left.
  ExpectReached(envelope.At(noon + kDayMs, noon + kDayMs), 12, 12, 15);
  ExpectReached(envelope.At(noon + 2 * kDayMs, noon + 2 * kDayMs), 15, 15, 15);
  EXPECT_FALSE(envelope.At(noon + 4 * kDayMs, noon + 4 * kDayMs).has_value());
}

TEST(EnvelopeTest, ZeroIsAValue) {
  const Envelope envelope = WithNoons({0, 0, 0});
  const int64_t noon = 3 * kDayMs + 12 * kHourMs;
  ExpectReached(envelope.At(noon, noon), 0, 0, 0);
}

TEST(EnvelopeTest, ALongGapForgetsAll) {
  Envelope envelope = WithNoons({50, 60, 70});
  for (const int64_t day : {12, 100'000}) {
    envelope.Take(day * kDayMs + 3 * kHourMs, 1);
    for (int64_t hour = 0; hour < 24; ++hour) {
      const int64_t ms = (day + 1) * kDayMs + hour * kHourMs;
      EXPECT_FALSE(envelope.At(ms, ms).has_value()) << hour;
    }
  }
}

TEST(EnvelopeTest, PartsThatWerePassedOverAreNotThoseOfSevenPeriodsAgo) {
  Envelope envelope = WithNoons({50, 60, 70, 80, 90, 100, 110});
  // From 23:00 of the last day to 13:00 of the next: its noon is passed over.
  envelope.Take(7 * kDayMs + 13 * kHourMs, 10);
  const int64_t noon = 8 * kDayMs + 12 * kHourMs;
  ExpectReached(envelope.At(noon, noon), 90, 100, 110);
}

TEST(EnvelopeTest, MomentsBefore1970AreLikeOthers) {
  const Envelope envelope = WithNoons({70, 20, 60, 30, 50, 40, 35}, -5000);
  const int64_t noon = -4993 * kDayMs + 12 * kHourMs;
  ExpectReached(envelope.At(noon, noon), 40, 60, 35);
  const Envelope across = WithNoons({70, 20, 60, 30, 50, 40, 35}, -3);
  ExpectReached(across.At(4 * kDayMs + 12 * kHourMs, 4 * kDayMs + 12 * kHourMs), 40, 60, 35);
}

TEST(EnvelopeTest, TheNewestPeriodThatIsStillOpenDoesNotCount) {
  Envelope envelope = WithNoons({50, 60, 70});
  const int64_t noon = 3 * kDayMs + 12 * kHourMs;
  envelope.Take(noon, 1000);
  ExpectReached(envelope.At(noon, noon), 60, 60, 70);
}

// All values of all moments, kept and sorted.
TEST(EnvelopeTest, AgreesWithSortingEverything) {
  Noise noise(1);
  Envelope envelope(10, 1);
  std::vector<double> values;
  for (int64_t now = 0; now < 400; ++now) {
    const bool missing = noise.Uniform() < 0.4;
    values.push_back(missing ? -1 : std::floor(20 * noise.Uniform()));
    if (missing) continue;
    envelope.Take(now, values.back());
    for (int64_t from = now + 1; from <= now + 10; ++from) {
      const int64_t to = std::min(from + now % 4, now + 10);
      std::vector<double> reached;
      for (int64_t back = 10; back <= 70; back += 10) {
        double most = -1;
        for (int64_t i = std::max<int64_t>(from - back, 0); i <= to - back; ++i) {
          // Of the part that is 70 before the newest nothing is left.
          if (i > now - 70) most = std::max(most, values[static_cast<size_t>(i)]);
        }
        if (most >= 0) reached.push_back(most);
      }
      const auto got = envelope.At(from, to);
      ASSERT_EQ(got.has_value(), reached.size() >= 2) << now << ' ' << from;
      if (!got) continue;
      const double newest = reached.front();
      std::sort(reached.begin(), reached.end());
      ASSERT_EQ(got->newest, newest);
      ASSERT_EQ(got->median, reached[reached.size() / 2]);
      ASSERT_EQ(got->second, reached.size() == 2 ? reached[1] : reached[reached.size() - 2]);
    }
  }
}

TEST(EnvelopeTest, HoldsNoMoreThanTheMostParts) {
  const size_t most = Envelope::kMostParts * Envelope::kPeriods * sizeof(float);
  for (const int64_t step : {1, 1000, 60'000, 299'000, 300'000, 301'000}) {
    EXPECT_LE(Envelope(kDayMs, step).MemoryBytes(), most) << step;
  }
  EXPECT_EQ(Envelope(kDayMs, 300'000).MemoryBytes(), most);
}

}  // namespace
}  // namespace dso::forecast
