// What messages hold, as the other renderings want it. Pure, thread-safe.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>

#include "base/time.h"
#include "cli/view.h"

namespace deepseek::forecast::v1 {
class Accuracy;
}  // namespace deepseek::forecast::v1

namespace dso::cli {

// To the millisecond. What another program sends may be any number: it is kept within 300 years around 1970, the range
// of the clock that it is compared with.
WallTime TimeOf(const google::protobuf::Timestamp& timestamp);
milliseconds DurationOf(const google::protobuf::Duration& duration);
google::protobuf::Duration ToDuration(milliseconds duration);

// "q0.9"
std::string QuantileText(double quantile);

// "error 5.85 % (WAPE), below q0.9 92.4 % of the time"; empty where no forecast has come true yet.
std::string AccuracyText(const deepseek::forecast::v1::Accuracy& accuracy);

}  // namespace dso::cli
