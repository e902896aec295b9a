#include "cli/proto_text.h"

#include <deepseek/forecast/v1/forecast.pb.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace dso::cli {
namespace {

constexpr int64_t kMostSeconds = int64_t{300} * 365 * 24 * 3600;

milliseconds Bounded(int64_t whole_seconds, int32_t nanos) {
  return seconds(std::clamp(whole_seconds, -kMostSeconds, kMostSeconds)) + milliseconds(nanos / 1'000'000);
}

}  // namespace

WallTime TimeOf(const google::protobuf::Timestamp& timestamp) {
  return WallTime(Bounded(timestamp.seconds(), timestamp.nanos()));
}

milliseconds DurationOf(const google::protobuf::Duration& duration) {
  return Bounded(duration.seconds(), duration.nanos());
}

google::protobuf::Duration ToDuration(milliseconds duration) {
  google::protobuf::Duration message;
  message.set_seconds(duration.count() / 1000);
  message.set_nanos(static_cast<int32_t>(duration.count() % 1000 * 1'000'000));
  return message;
}

std::string QuantileText(double quantile) { return fmt::format("q{}", quantile); }

std::string AccuracyText(const deepseek::forecast::v1::Accuracy& accuracy) {
  std::vector<std::string> parts;
  if (accuracy.has_error_ratio()) parts.push_back(fmt::format("error {} (WAPE)", PercentText(accuracy.error_ratio())));
  if (accuracy.has_coverage_ratio()) {
    parts.push_back(fmt::format("below its quantile {} of the time", PercentText(accuracy.coverage_ratio())));
    if (accuracy.has_coverage_target_ratio()) {
      parts.back() += fmt::format(" (meant: {})", PercentText(accuracy.coverage_target_ratio()));
    }
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace dso::cli
