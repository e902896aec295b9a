// Errors as gRPC carries them: a canonical code, a sentence, and google.rpc details for programs. Pure, thread-safe.
#pragma once

#include <grpcpp/support/status.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace dso::rpc {

struct FieldViolation {
  std::string field;        // of the request: "quantiles[1]"
  std::string description;  // what is wrong, and what would be right
};

// INVALID_ARGUMENT with google.rpc.BadRequest. Precondition: there is one.
grpc::Status InvalidRequest(const std::vector<FieldViolation>& violations);
// NOT_FOUND with google.rpc.ResourceInfo.
grpc::Status NoSuchService(const std::string& ns, const std::string& name);
// FAILED_PRECONDITION; `reason` is an UPPER_SNAKE_CASE word.
grpc::Status NotYet(const std::string& reason, const std::string& message);
// RESOURCE_EXHAUSTED with google.rpc.RetryInfo.
grpc::Status TooMany(const std::string& reason, const std::string& message, milliseconds retry_delay);
// Any other error.
grpc::Status ToStatus(const Error& error);

}  // namespace dso::rpc
