// Times and durations between the operator's types and protobuf's. Pure, thread-safe.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <optional>

#include "base/time.h"

namespace dso::rpc {

google::protobuf::Timestamp ToProto(WallTime at);
google::protobuf::Duration ToProto(milliseconds duration);
// Rounded up to whole milliseconds; nothing if it is malformed, or longer than ten years either way.
std::optional<milliseconds> FromProto(const google::protobuf::Duration& duration);

}  // namespace dso::rpc
