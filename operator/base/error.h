// Errors as values. Every fallible function of the operator returns a Result (result.h) that holds one of these.
// Exceptions of libraries stop at the folder that wraps the library.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dso {

// What a caller can do about an error; the names are the canonical ones of gRPC and of metav1.Status where they agree.
enum class ErrorCode {
  kInvalidArgument,    // the input is wrong: tell the person, do not retry
  kNotFound,           // the thing does not exist
  kAlreadyExists,      // creation lost a race
  kConflict,           // written by somebody else in between: read again and retry
  kGone,               // the history asked for has been compacted: list again
  kUnauthenticated,    // credentials are missing or expired
  kPermissionDenied,   // credentials are fine, the right is missing
  kResourceExhausted,  // throttled (429); see retry_after
  kUnavailable,        // unreachable or overloaded: retry with back-off
  kDeadlineExceeded,   // no answer in time: retry with back-off
  kCancelled,          // we stopped it ourselves
  kInternal,           // the other side or we ourselves broke a promise
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // a whole sentence that says what to do, without a secret in it
  std::optional<std::chrono::milliseconds> retry_after{};  // the server's wish, if it had one

  // Says what was attempted: "list deployments: connection refused".
  Error WithContext(std::string_view context) && {
    message.insert(0, ": ").insert(0, context);
    return std::move(*this);
  }
};

std::string_view ToString(ErrorCode code);

inline Error InvalidArgument(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }
inline Error Internal(std::string message) { return {ErrorCode::kInternal, std::move(message)}; }

}  // namespace dso
