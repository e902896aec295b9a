// Why a question to Prometheus has no (good) answer: one name for each thing that a person would do something different
// about. The names appear as reasons of status conditions, so renaming one is a change of the API.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace dso::prom {

enum class Reason {
  kNone,

  // Prometheus answered; the answer is not a usable number.
  kNoSeries,       // an empty vector
  kTooFewSamples,  // the counter exists, its window holds fewer than the two samples that a rate needs
  kNotANumber,     // NaN or an infinity
  kNegative,       // demand below zero
  kStale,          // the newest sample is older than allowed
  kSeveralSeries,  // more than one series where one is meant
  kPartial,        // the answer carries warnings: a part of the data may be missing
  kNoTarget,       // nothing of this service is scraped
  kTargetsDown,    // all that is scraped of this service is down

  // The query or the server's configuration is wrong.
  kBadQuery,          // Prometheus refuses the expression
  kWrongType,         // a range vector or a string where numbers are meant
  kCustomNotAllowed,  // the administrator does not allow queries of their own on this server
  kUnknownServer,     // no server of this name is configured
  kUnauthenticated,   // 401, or a credential file that cannot be used
  kForbidden,         // 403
  kNotPrometheus,     // something answers, but not with Prometheus' JSON: a login page, a wrong path

  // The conversation failed; asking again may help.
  kThrottled,    // 429
  kTooLarge,     // more samples than the server or we allow in one answer
  kUnavailable,  // 502, 503
  kServerError,  // any other 5xx
  kTimeout,      // no answer in time, ours or the server's clock
  kUnreachable,  // no connection, or it broke, or TLS verification failed
  kTruncated,    // the answer broke off
  kCancelled,    // we stopped asking
};

// CamelCase, as in a condition's reason: "TargetsDown".
std::string_view ToString(Reason reason);

struct Failure {
  Reason reason = Reason::kNone;
  Error error;

  Failure WithContext(std::string_view context) && {
    error = std::move(error).WithContext(context);
    return std::move(*this);
  }
};

// The error's code follows from the reason.
Failure MakeFailure(Reason reason, std::string message);

// A Result that also knows the Reason of its error.
template <typename T>
class [[nodiscard]] Answer : public Result<T> {
 public:
  Answer(T value) : Result<T>(std::move(value)) {}
  Answer(Failure failure) : Result<T>(std::move(failure.error)), reason_(failure.reason) {}

  // kNone if ok().
  Reason reason() const { return reason_; }
  // Precondition: !ok().
  Failure failure() const& { return {reason_, this->error()}; }

 private:
  Reason reason_ = Reason::kNone;
};

}  // namespace dso::prom
