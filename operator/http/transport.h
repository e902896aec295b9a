// HttpTransport: the one seam through which the operator talks HTTP. cpprestsdk lives behind it, in this folder only.
//
// Loop thread only. Every call ends in exactly one result: a response of whatever status, or an Error whose code is
// kUnavailable (cannot connect, connection broke), kDeadlineExceeded, kCancelled (the stop token), kResourceExhausted
// (the body is larger than allowed) or kInvalidArgument (the request cannot be sent as it is; TLS verification failed).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "base/time.h"

namespace dso::http {

// HTTP header names are case-insensitive.
struct HeaderNameLess {
  bool operator()(const std::string& a, const std::string& b) const;
};
using Headers = std::map<std::string, std::string, HeaderNameLess>;

struct Request {
  std::string method = "GET";
  std::string
      target;  // path and query, percent-encoded, relative to the transport's base URL: "/api/v1/query?query=up"
  Headers headers{};
  std::string body{};
  // Send: from the first byte sent to the last byte received. Open: until the head has arrived, and then the longest
  // silence between two chunks.
  milliseconds timeout = seconds(30);
  size_t max_body_bytes = size_t{64} << 20;  // of the response: Send the whole, Open what has come and is not read
};

struct Response {
  int status = 0;
  Headers headers{};
  std::string body{};  // Send only
};

// The body of a response that is read as it arrives.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // The next bytes, as soon as there are any; empty at the end of the body. A chunk is not a line.
  virtual Task<Result<std::string>> Read() = 0;
};

struct StreamingResponse {
  Response head;
  std::unique_ptr<BodyStream> body;
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  virtual Task<Result<Response>> Send(Request request, std::stop_token stop) = 0;
  virtual Task<Result<StreamingResponse>> Open(Request request, std::stop_token stop) = 0;
};

// How the server is verified and how we identify ourselves. Only `ca_pem` is trusted when it is given; the system's
// certificate authorities only when it is empty.
struct TlsOptions {
  std::string ca_pem;
  std::string client_certificate_pem;
  std::string client_key_pem;
  std::string server_name;  // verified instead of the URL's host if not empty
  bool insecure_skip_verify = false;
  bool operator==(const TlsOptions&) const = default;
};

}  // namespace dso::http
