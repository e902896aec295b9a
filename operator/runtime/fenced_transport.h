// Lets reads through, and writes only while this process leads: the one door that all writes of the controller pass.
//
// It is the first of two fences. What has passed it may still be held up, by a stopped process or a slow network, until
// another operator leads: therefore each write also says which version of its object it was decided on, and the API
// server refuses it if that one has written since. Loop thread only.
#pragma once

#include <string>

#include "http/transport.h"
#include "runtime/leadership.h"

namespace dso::runtime {

class FencedTransport final : public http::HttpTransport {
 public:
  // Both outlive it.
  FencedTransport(http::HttpTransport& inner, const Leadership& leadership) : inner_(inner), leadership_(leadership) {}

  // kCancelled for a write of a process that does not lead.
  Task<Result<http::Response>> Send(http::Request request, std::stop_token stop) override {
    if (request.method != "GET" && !leadership_.Leads()) {
      co_return Error{ErrorCode::kCancelled, "not sent: another operator may lead by now"};
    }
    Result<http::Response> response = co_await inner_.Send(std::move(request), stop);
    co_return response;
  }
  Task<Result<http::StreamingResponse>> Open(http::Request request, std::stop_token stop) override {
    return inner_.Open(std::move(request), stop);
  }

 private:
  http::HttpTransport& inner_;
  const Leadership& leadership_;
};

}  // namespace dso::runtime
