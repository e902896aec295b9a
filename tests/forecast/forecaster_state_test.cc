// What is saved goes on bit for bit; what is damaged is an error or a forecaster like any other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "walk_forward.h"

namespace dso::forecast {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// Small enough to damage each of its bytes.
ForecasterOptions Small() { return {.step = minutes(5), .lead = minutes(20), .seasons = {hours(2)}}; }

std::vector<Sample> Waves(int64_t steps) {
  Random random(4);
  return Generate(
      steps, [&](int64_t step) { return (step % 24 < 8 ? 50.0 : 20.0) + random.Uniform(); }, 0);
}

void ExpectWorks(Forecaster& forecaster, const std::vector<Sample>& more) {
  for (const Sample& sample : more) {
    forecaster.Observe(sample);
    const auto peak = forecaster.PeakOver(sample.at, kLeadTime);
    const auto point = forecaster.ForecastAt(sample.at + kLeadTime);
    if (!peak) continue;
    ASSERT_TRUE(std::isfinite(peak->expected) && peak->expected >= 0 && std::isfinite(peak->slack));
    ASSERT_TRUE(std::isfinite(peak->quantile) && peak->quantile >= peak->expected);
    ASSERT_TRUE(std::isfinite(point->quantile) && point->quantile >= point->expected && point->expected >= 0);
  }
  ASSERT_TRUE(std::isfinite(forecaster.status().wape.value_or(0)));
  ASSERT_LT(forecaster.MemoryBytes(), 256u * 1024);
}

void ExpectErrorOrWorks(const std::string& bytes, const std::string& what) {
  SCOPED_TRACE(what);
  auto restored = Forecaster::Restore(Small(), bytes);
  if (!restored) {
    ASSERT_EQ(restored.error().code, ErrorCode::kInvalidArgument);
    return;
  }
  auto more = Waves(330);
  more.erase(more.begin(), more.begin() + 300);
  ExpectWorks(*restored, more);
}

TEST(ForecasterStateTest, GoesOnBitForBit) {
  auto samples = Generate(16 * kDay + 1000, WeekShape, 4);
  samples.erase(samples.begin() + 16 * kDay + 100, samples.begin() + 16 * kDay + 130);  // a gap
  ForecasterOptions options = FiveMinutes();
  options.calendar =
      Calendar(calendar::LocalClock({{kMonday, hours(1)}, {kMonday + days(16), hours(2)}}), {20'615, 20'622});
  for (const int64_t stop : std::vector<int64_t>{0, 1, 3, 7, 300, 3 * kDay, 16 * kDay}) {
    Forecaster steady = Fitted(options, First(samples, stop));
    steady.Observe({kMonday - days(1), -1});  // is counted
    auto restored = Forecaster::Restore(options, steady.Save());
    ASSERT_TRUE(restored) << stop;
    EXPECT_EQ(restored->status().ignored, steady.status().ignored);
    const auto before = steady.PeakOver(AtStep(stop), kLeadTime);
    const auto after = restored->PeakOver(AtStep(stop), kLeadTime);
    ASSERT_EQ(before.has_value(), after.has_value());
    if (before) {
      EXPECT_TRUE(before->expected == after->expected && before->quantile == after->quantile) << stop;
    }
    const auto rest = std::span(samples)
                          .subspan(static_cast<size_t>(stop))
                          .first(std::min<size_t>(1000, samples.size() - static_cast<size_t>(stop)));
    for (const Sample& sample : rest) {
      steady.Observe(sample);
      restored->Observe(sample);
      const auto a = steady.PeakOver(sample.at, kLeadTime);
      const auto b = restored->PeakOver(sample.at, kLeadTime);
      ASSERT_EQ(a.has_value(), b.has_value());
      if (a) {
        ASSERT_TRUE(a->expected == b->expected && a->quantile == b->quantile);
      }
    }
    EXPECT_EQ(restored->Save(), steady.Save()) << stop;
    EXPECT_EQ(restored->status().model, steady.status().model);
    EXPECT_EQ(restored->status().history, steady.status().history);
  }
}

TEST(ForecasterStateTest, GoesOnInTheMiddleOfABucket) {
  const auto at = [](int64_t i) { return Sample{kMonday + i * seconds(37), 10.0 + static_cast<double>(i % 13)}; };
  Forecaster steady(Small());
  for (int64_t i = 0; i < 2000; ++i) steady.Observe(at(i));
  auto restored = Forecaster::Restore(Small(), steady.Save());
  ASSERT_TRUE(restored);
  for (Forecaster* forecaster : {&steady, &*restored}) {
    forecaster->Observe({at(1999).at, 99});  // replaces the newest sample
    for (int64_t i = 2000; i < 3000; ++i) forecaster->Observe(at(i));
  }
  EXPECT_EQ(restored->Save(), steady.Save());
}

TEST(ForecasterStateTest, OtherOptionsAreRefused) {
  const std::string bytes = Fitted(FiveMinutes(), Waves(600)).Save();
  const auto refused = [&](auto change) {
    ForecasterOptions options = FiveMinutes();
    change(options);
    const auto restored = Forecaster::Restore(options, bytes);
    return !restored && restored.error().code == ErrorCode::kInvalidArgument && !restored.error().message.empty();
  };
  EXPECT_FALSE(refused([](ForecasterOptions&) {}));
  EXPECT_TRUE(refused([](ForecasterOptions& options) { options.step = minutes(1); }));
  EXPECT_TRUE(refused([](ForecasterOptions& options) { options.lead = minutes(25); }));
  EXPECT_TRUE(refused([](ForecasterOptions& options) { options.quantile = 0.95; }));
  EXPECT_TRUE(refused([](ForecasterOptions& options) { options.seasons = {hours(24)}; }));
  EXPECT_TRUE(refused([](ForecasterOptions& options) { options.seasons = {hours(24), days(6)}; }));
  EXPECT_TRUE(refused([](ForecasterOptions& options) { options.seasons.clear(); }));
}

TEST(ForecasterStateTest, OptionsThatMeanTheSameAreAccepted) {
  const std::string bytes = Fitted(FiveMinutes(), Waves(600)).Save();
  ForecasterOptions options = FiveMinutes({days(7), hours(24), hours(24)});
  options.lead = kLeadTime - milliseconds(1);
  EXPECT_TRUE(Forecaster::Restore(options, bytes));
}

TEST(ForecasterStateTest, AnotherVersionIsRefused) {
  std::string bytes = Fitted(Small(), Waves(300)).Save();
  ++bytes[0];
  const auto restored = Forecaster::Restore(Small(), bytes);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(restored.error().message, ::testing::HasSubstr("version"));
}

TEST(ForecasterStateTest, BytesThatAreMissingOrTooManyAreAnError) {
  const std::string bytes = Fitted(Small(), Waves(300)).Save();
  for (size_t size = 0; size < bytes.size(); size += size < 200 ? 1 : 61) {
    EXPECT_FALSE(Forecaster::Restore(Small(), bytes.substr(0, size))) << size;
  }
  for (size_t missing = 1; missing < 20; ++missing) {
    EXPECT_FALSE(Forecaster::Restore(Small(), bytes.substr(0, bytes.size() - missing))) << missing;
  }
  EXPECT_FALSE(Forecaster::Restore(Small(), bytes + '\0'));
  EXPECT_FALSE(Forecaster::Restore(Small(), bytes + bytes));
  EXPECT_FALSE(Forecaster::Restore(Small(), std::string(bytes.size(), '\xFF')));
}

TEST(ForecasterStateTest, ADamagedByteIsAnErrorOrDoesNoHarm) {
  const std::string bytes = Fitted(Small(), Waves(300)).Save();
  // All of a field of eight bytes, then on to another.
  for (size_t at = 0; at < bytes.size() && !HasFatalFailure(); at += at % 40 == 7 ? 33 : 1) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
    ExpectErrorOrWorks(damaged, "byte " + std::to_string(at));
  }
}

TEST(ForecasterStateTest, AnyDamageIsAnErrorOrDoesNoHarm) {
  const std::string bytes = Fitted(Small(), Waves(300)).Save();
  Random random(3);
  for (int i = 0; i < 300 && !HasFatalFailure(); ++i) {
    std::string damaged = bytes;
    const uint64_t length = 1 + random.Below(40);
    const uint64_t at = random.Below(bytes.size() - length);
    for (uint64_t k = 0; k < length; ++k) damaged[at + k] = static_cast<char>(random.Next());
    ExpectErrorOrWorks(damaged, std::to_string(length) + " bytes from " + std::to_string(at));
  }
}

TEST(ForecasterStateTest, AStateIsNoLargerThanTheMemory) {
  const Forecaster forecaster = Fitted(FiveMinutes(), Generate(16 * kDay, WeekShape, 4));
  EXPECT_LE(forecaster.Save().size(), forecaster.MemoryBytes());
}

}  // namespace
}  // namespace dso::forecast
