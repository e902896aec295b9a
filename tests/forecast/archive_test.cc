#include "forecast/archive.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>

#include "forecast/aggregation.h"
#include "forecast/envelope.h"
#include "forecast/filter_bank.h"
#include "forecast/histogram.h"
#include "forecast/interval.h"
#include "forecast/season.h"
#include "forecast/series.h"
#include "tests/forecast/noise.h"

namespace dso::forecast {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;

template <typename T>
std::string Saved(T object) {
  ArchiveWriter writer;
  writer(object);
  return writer.Take();
}

template <typename T>
bool Restored(std::string_view bytes, T& object) {
  ArchiveReader reader(bytes);
  reader(object);
  return reader.complete();
}

// All that an archive can hold.
struct Everything {
  enum class Color : uint8_t { kRed = 1, kBlue = 7 };

  bool flag = true;
  int64_t number = -5;
  double real = 0.1;
  Color color = Color::kBlue;
  std::vector<float> fixed{1, 2, 3};
  std::vector<uint16_t> growing;
  RunningRatio nested{10};

  bool operator==(const Everything& other) const {
    return flag == other.flag && number == other.number && real == other.real && color == other.color &&
           fixed == other.fixed && growing == other.growing && nested.Value() == other.nested.Value();
  }
  template <typename Archive>
  void Persist(Archive& archive) {
    archive(flag, number, real, color, fixed, Growing<uint16_t>{growing, 5}, nested);
  }
};

Everything Something() {
  Everything something;
  something.flag = false;
  something.number = int64_t{1} << 60;
  something.real = -1e-300;
  something.color = Everything::Color::kRed;
  something.fixed = {4, -0.5f, 1e30f};
  something.growing = {9, 8, 7, 6};
  something.nested.Add(1, 3);
  return something;
}

TEST(ArchiveTest, GivesBackAllThatItHolds) {
  Everything copy;
  EXPECT_TRUE(Restored(Saved(Something()), copy));
  EXPECT_TRUE(copy == Something());
  EXPECT_EQ(Saved(copy), Saved(Something()));
}

TEST(ArchiveTest, EveryTruncationIsReported) {
  const std::string bytes = Saved(Something());
  for (size_t length = 0; length < bytes.size(); ++length) {
    Everything copy;
    EXPECT_FALSE(Restored(std::string_view(bytes).substr(0, length), copy)) << length;
    EXPECT_LE(copy.growing.size(), 5u);
  }
}

TEST(ArchiveTest, BytesThatAreLeftOverAreReported) {
  for (const char more : {'\0', '\1', '\xff'}) {
    Everything copy;
    EXPECT_FALSE(Restored(Saved(Something()) + more, copy));
  }
}

TEST(ArchiveTest, ALengthOutOfBoundsIsReportedAndNotAllocated) {
  for (const uint64_t length : {uint64_t{6}, uint64_t{1} << 40, ~uint64_t{0}}) {
    std::vector<uint16_t> values{1, 2};
    ArchiveWriter writer;
    writer(length);
    const std::string bytes = writer.Take() + std::string(100, 'x');
    ArchiveReader reader(bytes);
    reader(Growing<uint16_t>{values, 5});
    EXPECT_FALSE(reader.complete());
    EXPECT_LE(values.capacity(), 5u);
  }
}

TEST(ArchiveTest, NothingIsReadAfterAFailure) {
  double first = 1;
  uint8_t second = 2;
  ArchiveReader reader("abc");
  reader(first, second);
  EXPECT_FALSE(reader.complete());
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

TEST(ArchiveTest, ABooleanIsTrueOrFalseWhateverItsByte) {
  for (int byte = 0; byte < 256; ++byte) {
    bool flag = false;
    EXPECT_TRUE(Restored(std::string(1, static_cast<char>(byte)), flag));
    EXPECT_EQ(static_cast<int>(flag), byte != 0 ? 1 : 0);
  }
}

// ---- the classes with state ----

// Drives `object` and a copy that is saved and restored half-way: they must say the same ever after. `fresh` makes an
// object from the same options; `drive` takes one of `steps` steps, and says what the object then answers.
template <typename T>
void ExpectToGoOn(const std::function<T()>& fresh, int steps,
                  const std::function<std::vector<double>(T&, int step)>& drive) {
  T object = fresh();
  for (int i = 0; i < steps / 2; ++i) drive(object, i);
  const std::string bytes = Saved(object);
  T copy = fresh();
  ASSERT_TRUE(Restored(bytes, copy));
  ASSERT_EQ(Saved(copy), bytes);
  for (int i = steps / 2; i < steps; ++i) ASSERT_EQ(drive(object, i), drive(copy, i)) << i;
  EXPECT_EQ(Saved(copy), Saved(object));
  EXPECT_NE(Saved(copy), bytes);

  for (size_t length = 0; length < bytes.size(); length += 1 + bytes.size() / 300) {
    T damaged = fresh();
    ASSERT_FALSE(Restored(std::string_view(bytes).substr(0, length), damaged)) << length;
  }
  T longer = fresh();
  EXPECT_FALSE(Restored(bytes + '\0', longer));
  // Other bytes of the same length may be read, but never more of them, and nothing breaks.
  Noise noise(99);
  for (int i = 0; i < 200; ++i) {
    std::string other = bytes;
    other[static_cast<size_t>(noise.Uniform() * static_cast<double>(other.size()))] ^= static_cast<char>(1 << i % 8);
    T damaged = fresh();
    const bool complete = Restored(other, damaged);
    ASSERT_TRUE(!complete || Saved(damaged).size() == bytes.size()) << i;
  }
}

// The same numbers for the same step, in whatever order steps are asked for.
double Wild(int step) {
  Noise noise(static_cast<uint64_t>(step));
  return 100 + 50 * std::sin(0.3 * step) + 20 * noise.Normal();
}

TEST(ArchiveStateTest, AnOpenBucketGoesOn) {
  ExpectToGoOn<OpenBucket>([] { return OpenBucket(7); }, 40,
                           [](OpenBucket& bucket, int step) {
                             bucket.Add({WallTime(milliseconds(step / 3 * 5 % 17)), Wild(step)});
                             return std::vector<double>{bucket.Mean(), static_cast<double>(bucket.count()),
                                                        static_cast<double>(bucket.bucket())};
                           });
}

// Half-way no value comes, so that what is newest can only be remembered.
TEST(ArchiveStateTest, AnEnvelopeGoesOn) {
  ExpectToGoOn<Envelope>(
      [] { return Envelope(kDayMs, kHourMs); }, 2 * 21 * 7,
      [](Envelope& envelope, int step) {
        const int64_t ms = (step - 100) * kHourMs;
        if (step % 7 != 0) envelope.Take(ms, Wild(step));
        const auto reached = envelope.At(ms + kHourMs, ms + 5 * kHourMs);
        return reached ? std::vector<double>{reached->median, reached->second, reached->newest} : std::vector<double>{};
      });
}

TEST(ArchiveStateTest, AHistogramGoesOn) {
  ExpectToGoOn<ErrorHistogram>(
      [] { return ErrorHistogram(20); }, 1000,
      [](ErrorHistogram& histogram, int step) {
        histogram.Add(0.02 * (Wild(step) - 100));
        return std::vector<double>{histogram.Quantile(0.1), histogram.Quantile(0.5), histogram.Quantile(0.95)};
      });
}

TEST(ArchiveStateTest, AnAggregationGoesOn) {
  const auto fresh = [] { return Aggregation({0.5, 0.3, 0.2}, 30); };
  ExpectToGoOn<Aggregation>(fresh, 300, [](Aggregation& aggregation, int step) {
    const std::array answers{100.0f, 110.0f, static_cast<float>(Wild(step + 1))};
    aggregation.Learn(Wild(step) > 105 ? -1 : 1, 105, answers);
    std::vector<double> weights(3);
    aggregation.Weights(std::vector<char>{1, 1, 1}, weights);
    return weights;
  });
}

TEST(ArchiveStateTest, ASeasonGoesOn) {
  const Calendar calendar({}, {4, 9});
  const auto fresh = [] {
    return Season(kDayMs, kHourMs,
                  {{.gain = 0.1, .robust = true}, {.gain = 0.3, .smoothing = 0.1, .multiplicative = true}});
  };
  ExpectToGoOn<Season>(fresh, 24 * 11, [&](Season& season, int step) {
    const int64_t ms = step * kHourMs + kHourMs / 3;
    if (step % 50 >= 8) season.Take(ms, Wild(step), calendar);
    std::vector<double> answers{season.ready() ? 1.0 : 0.0};
    for (const double phase : {0.0, 5.5, 23.9}) {
      for (const size_t kind : {size_t{0}, size_t{1}}) {
        answers.push_back(season.At(kind, phase));
        answers.push_back(season.At(kind, phase, true));
      }
    }
    return answers;
  });
}

// With an outlier now and then, since slow filters bound them by what they remember.
TEST(ArchiveStateTest, ABankGoesOn) {
  constexpr int64_t kStepMs = kHourMs / 6;
  const auto fresh = [] { return FilterBank(kStepMs, 3, {kDayMs, 2 * kDayMs}); };
  ExpectToGoOn<FilterBank>(fresh, 144 * 9, [](FilterBank& bank, int step) {
    const Calendar utc;
    bank.Take(step * kStepMs, 1, step % 37 == 0 ? 5000 : Wild(step), utc);
    std::vector<float> answers(bank.size());
    bank.Answers(5, step * kStepMs, utc, answers);
    std::vector<double> all(answers.begin(), answers.end());
    all.push_back(bank.Combine(bank.Prior(), step * kStepMs, nullptr, 0, utc).At(5 * kStepMs));
    for (const char usable : bank.usable()) all.push_back(usable);
    return all;
  });
}

TEST(ArchiveStateTest, IntervalsGoOn) {
  const auto fresh = [] { return IntervalTracker({.quantile = 0.9, .overlap = 2, .per_day = 20}); };
  ExpectToGoOn<IntervalTracker>(fresh, 600, [](IntervalTracker& tracker, int step) {
    const size_t part = static_cast<size_t>(step) % IntervalTracker::kParts;
    const Outset outset{
        .expected = 100, .last = Wild(step - 1), .typical = 90, .rise = step % 4 * 20.0, .part = part, .earlier = {}};
    const IntervalTracker::Promise promise = tracker.Issue(outset);
    tracker.Settle(promise, Wild(step));
    return std::vector<double>{promise.quantile, tracker.Coverage().value_or(-1), tracker.Slack()};
  });
}

TEST(ArchiveStateTest, APromiseIsSettledLikeItsOriginal) {
  IntervalTracker tracker({});
  for (int i = 0; i < 50; ++i) tracker.Settle(tracker.Issue({100, 90, 95, 50.0 * (i % 3), 5, {}}), Wild(i));
  const IntervalTracker::Promise promise = tracker.Issue({100, 90, 95, 50, 5, Envelope::Reached{1, 2, 3}});
  EXPECT_TRUE(promise.rising && promise.promised);
  IntervalTracker::Promise copy;
  ASSERT_TRUE(Restored(Saved(promise), copy));
  IntervalTracker other = tracker;
  tracker.Settle(promise, 130);
  other.Settle(copy, 130);
  EXPECT_EQ(Saved(other), Saved(tracker));
}

// A season asks its special days by slot: as many as it has, or none. Others are refused or forgotten.
TEST(ArchiveStateTest, TheSpecialDaysOfAnotherSeasonAreNotKept) {
  Season season(kDayMs, kHourMs, {});
  const std::string bytes = Saved(season);  // without kinds they are the last of it
  uint64_t length = 1;
  const std::string damaged =
      bytes.substr(0, bytes.size() - sizeof(length)) + Saved(length) + std::string(sizeof(float), '\0');
  const bool complete = Restored(damaged, season);
  EXPECT_TRUE(!complete || Saved(season) == bytes);
}

}  // namespace
}  // namespace dso::forecast
