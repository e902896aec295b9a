// From what an API server answers to an Error: metav1.Status and HTTP status codes. Pure, thread-safe.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/error.h"
#include "http/transport.h"

namespace dso::kube {

// The Error of an answer whose status is not 2xx. The body is a metav1.Status, or whatever a proxy in between has sent.
Error ErrorFromResponse(const http::Response& response);

// The Error of a metav1.Status object, as a watch sends it inside an ERROR event. `http_status` is used where the
// object has no code of its own.
Error ErrorFromStatus(const nlohmann::json& status, int http_status);

}  // namespace dso::kube
