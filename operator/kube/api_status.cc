#include "kube/api_status.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "kube/object.h"

namespace dso::kube {

using namespace nlohmann::literals;

namespace {

constexpr size_t kLongestQuotedBody = 200;

ErrorCode CodeOf(int http_status, const std::string& reason) {
  if (reason == "AlreadyExists") return ErrorCode::kAlreadyExists;
  if (reason == "Expired" || reason == "Gone") return ErrorCode::kGone;
  switch (http_status) {
    case 400:
    case 405:
    case 406:
    case 413:
    case 415:
    case 422: return ErrorCode::kInvalidArgument;
    case 401: return ErrorCode::kUnauthenticated;
    case 403: return ErrorCode::kPermissionDenied;
    case 404: return ErrorCode::kNotFound;
    case 409: return ErrorCode::kConflict;
    case 410: return ErrorCode::kGone;
    case 429: return ErrorCode::kResourceExhausted;
    case 502:
    case 503: return ErrorCode::kUnavailable;
    case 504: return ErrorCode::kDeadlineExceeded;
    default: return ErrorCode::kInternal;
  }
}

// A server-side apply of a field that the type does not have is answered with 500.
bool IsUnknownField(const Error& error) {
  return error.code == ErrorCode::kInternal && error.message.find("field not declared in schema") != std::string::npos;
}

// Where the API server checks owner references (OwnerReferencesPermissionEnforcement, as OpenShift does) it refuses
// those to a kind whose definition is new: it learns of it within half a minute.
constexpr seconds kUntilKindIsKnown{2};
bool IsKindNotKnownYet(const Error& error) {
  return error.code == ErrorCode::kPermissionDenied &&
         error.message.find("cannot find RESTMapping") != std::string::npos;
}

}  // namespace

Error ErrorFromStatus(const nlohmann::json& status, int http_status) {
  if (const auto code = IntegerAt(status, "/code"_json_pointer)) http_status = static_cast<int>(*code);
  const std::string reason = StringAt(status, "/reason"_json_pointer);
  Error error{CodeOf(http_status, reason), StringAt(status, "/message"_json_pointer)};
  if (IsUnknownField(error)) error.code = ErrorCode::kInvalidArgument;
  if (IsKindNotKnownYet(error)) {
    error.code = ErrorCode::kUnavailable;
    error.retry_after = kUntilKindIsKnown;
  }
  if (error.code == ErrorCode::kUnauthenticated) {
    error.message +=
        ": the credentials are wrong or have expired; renew the token or the certificate of the kubeconfig";
  }
  if (error.message.empty()) error.message = fmt::format("HTTP {}{}{}", http_status, reason.empty() ? "" : " ", reason);
  if (const auto wait = IntegerAt(status, "/details/retryAfterSeconds"_json_pointer))
    error.retry_after = seconds(*wait);
  return error;
}

Error ErrorFromResponse(const http::Response& response) {
  const nlohmann::json body = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  Error error = ErrorFromStatus(body, response.status);
  if (!body.is_object() && !response.body.empty()) {
    error.message += ": " + response.body.substr(0, kLongestQuotedBody);
  }
  if (const auto header = response.headers.find("Retry-After"); header != response.headers.end()) {
    int wait_seconds = 0;
    const std::string& text = header->second;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), wait_seconds);
    if (code == std::errc() && wait_seconds >= 0) error.retry_after = seconds(wait_seconds);
  }
  return error;
}

}  // namespace dso::kube
