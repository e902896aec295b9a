#include "rpc/status_details.h"

#include <fmt/format.h>

#include "google/rpc/status.pb.h"
#include "rpc/timestamps.h"

namespace dso::rpc {
namespace {

constexpr const char* kDomain = "deepseek-operator.dev";

google::rpc::Status Rich(grpc::StatusCode code, const std::string& message, const std::string& reason) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(kDomain);
  status.add_details()->PackFrom(info);
  return status;
}

grpc::Status ToGrpc(const google::rpc::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), status.message(), status.SerializeAsString()};
}

grpc::StatusCode CodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorCode::kNotFound: return grpc::StatusCode::NOT_FOUND;
    case ErrorCode::kAlreadyExists: return grpc::StatusCode::ALREADY_EXISTS;
    case ErrorCode::kConflict: return grpc::StatusCode::ABORTED;
    case ErrorCode::kGone: return grpc::StatusCode::OUT_OF_RANGE;
    case ErrorCode::kUnauthenticated: return grpc::StatusCode::UNAUTHENTICATED;
    case ErrorCode::kPermissionDenied: return grpc::StatusCode::PERMISSION_DENIED;
    case ErrorCode::kResourceExhausted: return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorCode::kUnavailable: return grpc::StatusCode::UNAVAILABLE;
    case ErrorCode::kDeadlineExceeded: return grpc::StatusCode::DEADLINE_EXCEEDED;
    case ErrorCode::kCancelled: return grpc::StatusCode::CANCELLED;
    case ErrorCode::kInternal: break;
  }
  return grpc::StatusCode::INTERNAL;
}

std::string ReasonOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnauthenticated: return "UNAUTHENTICATED";
    case ErrorCode::kPermissionDenied: return "PERMISSION_DENIED";
    case ErrorCode::kUnavailable: return "UNAVAILABLE";
    case ErrorCode::kCancelled: return "CANCELLED";
    default: return "FAILED";
  }
}

}  // namespace

grpc::Status InvalidRequest(const std::vector<FieldViolation>& violations) {
  std::string message;
  google::rpc::BadRequest bad;
  for (const FieldViolation& violation : violations) {
    if (!message.empty()) message += "; ";
    message += fmt::format("{}: {}", violation.field, violation.description);
    auto& told = *bad.add_field_violations();
    told.set_field(violation.field);
    told.set_description(violation.description);
  }
  google::rpc::Status status = Rich(grpc::StatusCode::INVALID_ARGUMENT, message, "INVALID_REQUEST");
  status.add_details()->PackFrom(bad);
  return ToGrpc(status);
}

grpc::Status NoSuchService(const std::string& ns, const std::string& name) {
  const std::string key = ns + "/" + name;
  const std::string message = fmt::format(
      "there is no DeepSeekService {} that this operator looks after: see kubectl get deepseekservices -A", key);
  google::rpc::Status status = Rich(grpc::StatusCode::NOT_FOUND, message, "NO_SUCH_SERVICE");
  google::rpc::ResourceInfo resource;
  resource.set_resource_type("deepseekservices.deepseek-operator.dev");
  resource.set_resource_name(key);
  status.add_details()->PackFrom(resource);
  return ToGrpc(status);
}

grpc::Status NotYet(const std::string& reason, const std::string& message) {
  return ToGrpc(Rich(grpc::StatusCode::FAILED_PRECONDITION, message, reason));
}

grpc::Status TooMany(const std::string& reason, const std::string& message, milliseconds retry_delay) {
  google::rpc::Status status = Rich(grpc::StatusCode::RESOURCE_EXHAUSTED, message, reason);
  google::rpc::RetryInfo retry;
  *retry.mutable_retry_delay() = ToProto(retry_delay);
  status.add_details()->PackFrom(retry);
  return ToGrpc(status);
}

grpc::Status ToStatus(const Error& error) {
  return ToGrpc(Rich(CodeOf(error.code), error.message, ReasonOf(error.code)));
}

}  // namespace dso::rpc
