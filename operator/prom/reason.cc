#include "prom/reason.h"

namespace dso::prom {

std::string_view ToString(Reason reason) {
  switch (reason) {
    case Reason::kNone: return "None";
    case Reason::kNoSeries: return "NoSeries";
    case Reason::kTooFewSamples: return "TooFewSamples";
    case Reason::kNotANumber: return "NotANumber";
    case Reason::kNegative: return "Negative";
    case Reason::kStale: return "Stale";
    case Reason::kSeveralSeries: return "SeveralSeries";
    case Reason::kPartial: return "Partial";
    case Reason::kNoTarget: return "NoTarget";
    case Reason::kTargetsDown: return "TargetsDown";
    case Reason::kBadQuery: return "BadQuery";
    case Reason::kWrongType: return "WrongType";
    case Reason::kCustomNotAllowed: return "CustomQueryNotAllowed";
    case Reason::kUnknownServer: return "UnknownServer";
    case Reason::kUnauthenticated: return "Unauthenticated";
    case Reason::kForbidden: return "Forbidden";
    case Reason::kNotPrometheus: return "NotPrometheus";
    case Reason::kThrottled: return "Throttled";
    case Reason::kTooLarge: return "TooLarge";
    case Reason::kUnavailable: return "Unavailable";
    case Reason::kServerError: return "ServerError";
    case Reason::kTimeout: return "Timeout";
    case Reason::kUnreachable: return "Unreachable";
    case Reason::kTruncated: return "Truncated";
    case Reason::kCancelled: return "Cancelled";
  }
  return "Unknown";
}

namespace {

ErrorCode CodeOf(Reason reason) {
  switch (reason) {
    case Reason::kNegative:
    case Reason::kNotANumber:
    case Reason::kSeveralSeries:
    case Reason::kBadQuery:
    case Reason::kWrongType: return ErrorCode::kInvalidArgument;
    case Reason::kNoSeries:
    case Reason::kNoTarget:
    case Reason::kUnknownServer: return ErrorCode::kNotFound;
    case Reason::kUnauthenticated: return ErrorCode::kUnauthenticated;
    case Reason::kCustomNotAllowed:
    case Reason::kForbidden: return ErrorCode::kPermissionDenied;
    case Reason::kThrottled:
    case Reason::kTooLarge: return ErrorCode::kResourceExhausted;
    case Reason::kTooFewSamples:
    case Reason::kStale:
    case Reason::kPartial:
    case Reason::kTargetsDown:
    case Reason::kUnavailable:
    case Reason::kUnreachable:
    case Reason::kTruncated: return ErrorCode::kUnavailable;
    case Reason::kTimeout: return ErrorCode::kDeadlineExceeded;
    case Reason::kCancelled: return ErrorCode::kCancelled;
    case Reason::kNone:
    case Reason::kNotPrometheus:
    case Reason::kServerError: return ErrorCode::kInternal;
  }
  return ErrorCode::kInternal;
}

}  // namespace

Failure MakeFailure(Reason reason, std::string message) {
  return {.reason = reason, .error = {.code = CodeOf(reason), .message = std::move(message)}};
}

}  // namespace dso::prom
