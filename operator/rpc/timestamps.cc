#include "rpc/timestamps.h"

#include <cstdlib>

namespace dso::rpc {
namespace {

constexpr int64_t kMillisPerSecond = 1000;
constexpr int32_t kNanosPerMilli = 1'000'000;
constexpr int32_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kMostSeconds = int64_t{10} * 366 * 24 * 3600;

}  // namespace

google::protobuf::Timestamp ToProto(WallTime at) {
  google::protobuf::Timestamp stamp;
  const int64_t millis = at.time_since_epoch().count();
  const int64_t whole = std::chrono::floor<seconds>(at).time_since_epoch().count();
  stamp.set_seconds(whole);
  stamp.set_nanos(static_cast<int32_t>(millis - whole * kMillisPerSecond) * kNanosPerMilli);
  return stamp;
}

google::protobuf::Duration ToProto(milliseconds duration) {
  google::protobuf::Duration told;
  told.set_seconds(duration.count() / kMillisPerSecond);
  told.set_nanos(static_cast<int32_t>(duration.count() % kMillisPerSecond) * kNanosPerMilli);
  return told;
}

std::optional<milliseconds> FromProto(const google::protobuf::Duration& duration) {
  const int64_t whole = duration.seconds();
  const int32_t nanos = duration.nanos();
  const bool mixed = (whole > 0 && nanos < 0) || (whole < 0 && nanos > 0);
  if (mixed || nanos <= -kNanosPerSecond || nanos >= kNanosPerSecond || whole > kMostSeconds || whole < -kMostSeconds) {
    return std::nullopt;
  }
  const int64_t part = nanos > 0 ? (nanos + kNanosPerMilli - 1) / kNanosPerMilli : nanos / kNanosPerMilli;
  return milliseconds(whole * kMillisPerSecond + part);
}

}  // namespace dso::rpc
