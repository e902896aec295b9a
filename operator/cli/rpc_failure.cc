#include "cli/rpc_failure.h"

#include <fmt/format.h>
#include <google/rpc/status.pb.h>

#include <array>
#include <utility>

#include "cli/proto_text.h"
#include "cli/view.h"

namespace dso::cli {
namespace {

enum Code {
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFoundCode = 5,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kUnauthenticated = 16,
};

// The flag that a field of a request was given with.
std::string FlagOf(const std::string& field) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kFlags{{{"horizon", "--horizon"},
                                                                                 {"step", "--step"},
                                                                                 {"quantiles", "--quantile"},
                                                                                 {"namespace", "the namespace"},
                                                                                 {"service", "the service"},
                                                                                 {"page_token", "the page"}}};
  for (const auto& [name, flag] : kFlags) {
    if (field == name || field.starts_with(fmt::format("{}[", name))) return std::string(flag);
  }
  return field;
}

template <typename Detail>
bool Find(const google::rpc::Status& status, Detail& detail) {
  for (const google::protobuf::Any& any : status.details()) {
    if (any.Is<Detail>() && any.UnpackTo(&detail)) return true;
  }
  return false;
}

std::string ViolationsOf(const google::rpc::Status& status, const std::string& message) {
  google::rpc::BadRequest request;
  if (!Find(status, request) || request.field_violations().empty()) return message;
  std::string text;
  for (const auto& violation : request.field_violations()) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", FlagOf(violation.field()), violation.description());
  }
  return text;
}

std::string NotFoundText(const google::rpc::Status& status, const std::string& message) {
  if (!message.empty()) return message;
  google::rpc::ResourceInfo resource;
  if (!Find(status, resource) || resource.resource_name().empty()) return "there is no such service";
  return fmt::format("there is no DeepSeekService {} that the operator looks after", resource.resource_name());
}

std::string ExhaustedText(const google::rpc::Status& status, const std::string& message) {
  google::rpc::RetryInfo retry;
  if (!Find(status, retry)) return message;
  return fmt::format("{}{} in {}", message, message.ends_with("try again") ? "" : "; try again",
                     FormatDuration(DurationOf(retry.retry_delay())));
}

// Whether the operator itself speaks, in whole sentences, and not gRPC on the way to it.
bool IsOfTheOperator(const google::rpc::Status& status) {
  google::rpc::ErrorInfo info;
  return Find(status, info) && info.domain() == "deepseek-operator.dev";
}

// "Connection refused" of "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:3: Failed to connect
// to remote host: Connection refused".
std::string ReasonOf(const std::string& message) {
  constexpr std::string_view kMark = "last error: ";
  const size_t mark = message.find(kMark);
  const size_t begin = mark == message.npos ? message.npos : message.rfind(": ");
  return begin == message.npos || begin < mark + kMark.size() ? message : message.substr(begin + 2);
}

Complaint Unavailable(const CallPlace& place, const std::string& message) {
  Complaint complaint{.what = fmt::format("the operator at {} cannot be reached: {}", place.address, ReasonOf(message)),
                      .remedy = {},
                      .exit_code = kFailed};
  const auto says = [&message](std::string_view words) { return message.find(words) != message.npos; };
  if (says("CERTIFICATE_VERIFY_FAILED") || says("certificate verify") || says("is not in peer certificate")) {
    complaint.remedy =
        "does --tls-ca hold the authority that signed its certificate, and --tls-server-name a name in it?";
  } else if (place.tls) {
    complaint.remedy = "does it run, serve gRPC with TLS there, and accept the client's certificate?";
  } else if (place.forwarded) {
    complaint.remedy = "is its gRPC service on? If it serves TLS: give --tls-ca";
  } else {
    complaint.remedy = "does it run, and serve gRPC there? If it serves TLS: give --tls-ca";
  }
  return complaint;
}

Complaint Unauthenticated(const CallPlace& place, const std::string& message) {
  return {.what = fmt::format("the operator does not know who asks: {}", message),
          .remedy = place.has_credentials ? "is the token or the certificate still valid?"
                                          : "give --token-file, or --tls-cert and --tls-key",
          .exit_code = kFailed};
}

Complaint PlainComplaintOf(const RpcFailure& failure, const google::rpc::Status& status, const CallPlace& place) {
  const std::string& message = failure.message;
  switch (failure.code) {
    case kInvalidArgument: return {ViolationsOf(status, message), "", kUsage};
    case kNotFoundCode: return {NotFoundText(status, message), "", kNotFound};
    case kFailedPrecondition: return {message, "", kNotReady};
    case kResourceExhausted: return {ExhaustedText(status, message), "", kFailed};
    case kDeadlineExceeded:
      return {fmt::format("no answer from {} in time", place.address), "give more with --timeout", kFailed};
    case kUnauthenticated: return Unauthenticated(place, message);
    case kPermissionDenied:
      return {message, IsOfTheOperator(status) ? "" : "it takes the right to get, list or watch deepseekservices there",
              kFailed};
    case kUnavailable: return IsOfTheOperator(status) ? Complaint{message, "", kFailed} : Unavailable(place, message);
    case kUnimplemented:
      return {fmt::format("what answers at {} does not know this call", place.address),
              "is it the gRPC port of an operator of this version?", kFailed};
    case kCancelled: return {"interrupted", "", kInterrupted};
    default: return {fmt::format("{} (gRPC status {})", message, failure.code), "", kFailed};
  }
}

}  // namespace

Complaint ComplaintOf(const RpcFailure& failure, const CallPlace& place) {
  google::rpc::Status status;
  if (!status.ParseFromString(failure.details)) status.Clear();
  Complaint complaint = PlainComplaintOf(failure, status, place);
  complaint.what = Printable(complaint.what);
  return complaint;
}

bool IsWorthRetrying(const RpcFailure& failure) {
  switch (failure.code) {
    case kCancelled:  // by the server: it ends
    case kUnknown:
    case kDeadlineExceeded:
    case kResourceExhausted:
    case kAborted:
    case kInternal:  // the connection broke within a message
    case kUnavailable: return true;
    default: return false;
  }
}

}  // namespace dso::cli
