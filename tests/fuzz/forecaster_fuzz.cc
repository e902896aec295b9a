// Any options, any samples in any order, any questions, and states that are saved, damaged and restored.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "byte_reader.h"
#include "forecast/forecaster.h"
#include "forecast_checks.h"

namespace dso::fuzz {
namespace {

using forecast::Calendar;
using forecast::Forecaster;
using forecast::ForecasterOptions;
using forecast::Sample;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime kMonday{milliseconds(1'780'272'000'000)};
constexpr size_t kMostSamples = 1500;
// The clock of a session stays within twice the range of samples, so that sums of ours do not overflow.
constexpr WallTime kLatestNow{milliseconds(int64_t{1} << 54)};
constexpr WallTime kEarliestNow{-kLatestNow.time_since_epoch()};

milliseconds TakeDuration(ByteReader& bytes) {
  switch (bytes.Byte() % 12) {
    case 0: return milliseconds(0);
    case 1: return milliseconds(1);
    case 2: return milliseconds(bytes.Byte());
    case 3: return seconds(bytes.Byte());
    case 4: return minutes(1);
    case 5: return minutes(5);
    case 6: return minutes(bytes.Byte());
    case 7: return hours(bytes.Byte());
    case 8: return days(bytes.Byte());
    case 9: return milliseconds(bytes.Take<int64_t>());
    case 10: return milliseconds::max();
    default: return milliseconds::min();
  }
}

WallTime TakeTime(ByteReader& bytes, WallTime now) {
  switch (bytes.Byte() % 8) {
    case 0: return WallTime::min();
    case 1: return WallTime::max();
    case 2: return WallTime(milliseconds(int64_t{1} << 53));
    case 3: return WallTime(milliseconds(-(int64_t{1} << 53)));
    case 4: return WallTime(milliseconds(bytes.Take<int64_t>()));
    case 5: return now - seconds(bytes.Take<uint16_t>());
    default: return now + seconds(bytes.Take<uint16_t>());
  }
}

double TakeValue(ByteReader& bytes) {
  const uint8_t kind = bytes.Byte();
  if (kind < 200) return kind;
  switch (kind % 10) {
    case 0: return 0;
    case 1: return 1e30;
    case 2: return 1e25 * bytes.Byte();
    case 3: return 1e-25 * bytes.Byte();
    case 4: return std::numeric_limits<double>::denorm_min();
    case 5: return 1e-300;
    case 6: return bytes.Take<double>();
    case 7: return -1.0 * bytes.Byte();
    case 8: return std::numeric_limits<double>::quiet_NaN();
    default: return 1000.0 * bytes.Byte();
  }
}

ForecasterOptions TakeOptions(ByteReader& bytes) {
  ForecasterOptions options;
  options.step = TakeDuration(bytes);
  options.lead = TakeDuration(bytes);
  const uint8_t quantile = bytes.Byte();
  options.quantile = quantile < 250 ? quantile / 200.0 : bytes.Take<double>();
  const size_t seasons = bytes.Byte() % 6;
  if (seasons < 5) options.seasons.clear();  // five: as they are
  for (size_t i = 0; i < seasons && seasons < 5; ++i) options.seasons.push_back(TakeDuration(bytes));
  const uint8_t calendar = bytes.Byte();
  std::vector<calendar::UtcOffset> offsets;
  std::vector<int64_t> special;
  if (calendar % 2 == 1) offsets = {{WallTime::min(), hours(1)}, {kMonday + hours(bytes.Byte()), hours(2)}};
  for (uint8_t i = 0; i < calendar / 2 % 4; ++i) special.push_back(20'605 + bytes.Byte() % 16);
  options.calendar = Calendar(calendar::LocalClock(std::move(offsets)), std::move(special));
  return options;
}

class Session {
 public:
  explicit Session(ByteReader& bytes)
      : bytes_(bytes), options_(TakeOptions(bytes)), forecaster_(options_), now_(kMonday) {
    MoveTo(TakeTime(bytes, kMonday));
  }

  void Run() {
    while (!bytes_.empty() && seen_.size() < kMostSamples) Act();
    CheckAll();
    CheckRoundTrip();
  }

 private:
  void Act() {
    switch (bytes_.Byte() % 16) {
      case 0: return Observe({TakeTime(bytes_, now_), TakeValue(bytes_)});
      case 1: return CheckForecasts(forecaster_, TakeTime(bytes_, now_), TakeDuration(bytes_));
      case 2: return CheckRoundTrip();
      case 3: return CheckDamage();
      case 4: return FitAll();
      case 5: return MoveTo(TakeTime(bytes_, now_));
      case 6: return CheckAll();
      case 7:
      case 8:
      case 9: return ObserveRun();
      default: return ObserveNext(milliseconds(bytes_.Take<uint16_t>()) * 10, TakeValue(bytes_));
    }
  }

  void MoveTo(WallTime now) { now_ = std::clamp(now, kEarliestNow, kLatestNow); }

  void Observe(const Sample& sample) {
    forecaster_.Observe(sample);
    seen_.push_back(sample);
  }

  void ObserveNext(milliseconds gap, double value) {
    MoveTo(now_ + gap);
    Observe({now_, value});
  }

  // Many samples in few bytes: a wave of two heights.
  void ObserveRun() {
    const milliseconds gap = minutes(bytes_.Byte()) / 4;
    const double low = TakeValue(bytes_);
    const double high = TakeValue(bytes_);
    const int length = 1 + bytes_.Byte() % 32;
    for (int i = bytes_.Byte(); i >= 0; --i) ObserveNext(gap, i / length % 2 == 0 ? low : high);
  }

  void FitAll() {
    if (++fits_ > 3) return;
    forecaster_.Fit(seen_);
    const auto status = forecaster_.status();
    Check(status.samples + status.ignored == seen_.size(), "every sample is taken or ignored");
  }

  void CheckAll() {
    CheckStatus(forecaster_);
    CheckForecasts(forecaster_, now_, options_.lead);
    CheckForecasts(forecaster_, now_, hours(24));
  }

  void CheckRoundTrip() {
    const std::string saved = forecaster_.Save();
    auto restored = Forecaster::Restore(options_, saved);
    Check(restored.ok(), "what was saved can be restored");
    Check(restored->Save() == saved, "a restored forecaster saves the same bytes");
  }

  // Damaged bytes are an error, or a forecaster like any other.
  void CheckDamage() {
    std::string saved = forecaster_.Save();
    for (uint8_t i = bytes_.Byte() % 4; i < 4; ++i) {
      const size_t at = bytes_.Take<uint32_t>() % saved.size();
      saved[at] = static_cast<char>(saved[at] ^ bytes_.Byte());
    }
    if (const uint8_t cut = bytes_.Byte(); cut % 4 == 0) saved.resize(saved.size() - cut);
    auto restored = Forecaster::Restore(options_, saved);
    if (!restored) {
      Check(!restored.error().message.empty(), "an error says what it is");
      return;
    }
    CheckStatus(*restored);
    CheckForecasts(*restored, now_, options_.lead);
    for (int i = 0; i < 20; ++i) restored->Observe({now_ + i * minutes(1), 1.0 * i});
    CheckStatus(*restored);
    CheckForecasts(*restored, now_, options_.lead);
  }

  ByteReader& bytes_;
  ForecasterOptions options_;
  Forecaster forecaster_;
  WallTime now_;
  std::vector<Sample> seen_;
  int fits_ = 0;
};

}  // namespace
}  // namespace dso::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dso::fuzz::ByteReader bytes(data, size);
  dso::fuzz::Session(bytes).Run();
  return 0;
}
