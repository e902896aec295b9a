// Messages for programs: the JSON of protobuf, https://protobuf.dev/programming-guides/json. Times are RFC 3339 in UTC,
// durations seconds ("45s"), 64-bit integers strings; what has its default value is left out. Pure, thread-safe.
#pragma once

#include <string>

namespace google::protobuf {
class Message;
}

namespace dso::cli {

// On many lines, or on one; with a newline at the end.
std::string MessageJson(const google::protobuf::Message& message, bool one_line);

}  // namespace dso::cli
