// Turns what a server says when it does not answer a query into a Failure that tells a person what to do. Pure.
#pragma once

#include <string>
#include <string_view>

#include "http/transport.h"
#include "prom/reason.h"

namespace dso::prom {

// Prometheus' own words: {"status":"error","errorType":"bad_data","error":"1:5: parse error: …"}.
struct ApiError {
  std::string type;     // empty if the body was not Prometheus' JSON
  std::string message;  // for people, on one line, of bounded length
};

// Never fails: a body that is something else gives an empty ApiError.
ApiError ParseApiError(std::string_view body);

// By errorType alone; for an answer with status 200 whose JSON says "error".
Failure FailureOf(const ApiError& error);

// For a response whose status is not 2xx. `body` is its beginning at least.
Failure FailureOf(const http::Response& head, std::string_view body);

// For a request that got no response.
Failure FailureOfTransport(Error error);

// One printable line of at most 300 bytes, cut between characters of UTF-8.
std::string Excerpt(std::string_view text);

}  // namespace dso::prom
