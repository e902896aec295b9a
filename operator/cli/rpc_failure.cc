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

std::string UnavailableText(const CallPlace& place, const std::string& message) {
  const std::string text = fmt::format("the operator at {} cannot be reached: {}", place.address, message);
  if (message.find("CERTIFICATE_VERIFY_FAILED") != message.npos || message.find("certificate verify") != message.npos) {
    return text + "; does --tls-ca hold the authority that signed its certificate, and --tls-server-name a name in it?";
  }
  if (place.tls) return text + "; does it run, serve gRPC with TLS there, and accept the client's certificate?";
  if (place.forwarded) return text + "; is its gRPC service on? If it serves TLS: give --tls-ca";
  return text + "; does it run, and serve gRPC there? If it serves TLS: give --tls-ca";
}

}  // namespace

Complaint ComplaintOf(const RpcFailure& failure, const CallPlace& place) {
  google::rpc::Status status;
  if (!status.ParseFromString(failure.details)) status.Clear();
  const std::string& message = failure.message;
  Complaint complaint;
  switch (failure.code) {
    case kInvalidArgument: complaint = {ViolationsOf(status, message), kUsage}; break;
    case kNotFoundCode: complaint = {NotFoundText(status, message), kNotFound}; break;
    case kFailedPrecondition: complaint = {message, kNotReady}; break;
    case kResourceExhausted: complaint = {ExhaustedText(status, message), kFailed}; break;
    case kDeadlineExceeded:
      complaint = {fmt::format("no answer from {} in time; give more with --timeout", place.address), kFailed};
      break;
    case kUnauthenticated:
      complaint = {fmt::format("the operator does not know who asks: {}; {}", message,
                               place.has_credentials ? "is the token or the certificate still valid?"
                                                     : "give --token-file, or --tls-cert and --tls-key"),
                   kFailed};
      break;
    case kPermissionDenied:
      complaint = {IsOfTheOperator(status)
                       ? message
                       : fmt::format("{}; it takes the right to get, list or watch deepseekservices there", message),
                   kFailed};
      break;
    case kUnavailable:
      complaint = {IsOfTheOperator(status) ? message : UnavailableText(place, message), kFailed};
      break;
    case kUnimplemented:
      complaint = {fmt::format("what answers at {} has no {}; is it the gRPC port of an operator of this version?",
                               place.address, "ForecastService with this call"),
                   kFailed};
      break;
    case kCancelled: complaint = {"interrupted", kInterrupted}; break;
    default: complaint = {fmt::format("{} (gRPC status {})", message, failure.code), kFailed};
  }
  complaint.text = Printable(complaint.text);
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
