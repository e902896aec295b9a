// Counts the requests that go over another transport (rest_client_requests_total). Loop thread only.
#pragma once

#include <string>

#include "http/transport.h"
#include "telemetry/metrics.h"

namespace dso::controller {

class CountingTransport final : public http::HttpTransport {
 public:
  CountingTransport(http::HttpTransport& inner, telemetry::Metrics& metrics, std::string host)
      : inner_(inner), metrics_(metrics), host_(std::move(host)) {}

  Task<Result<http::Response>> Send(http::Request request, std::stop_token stop) override {
    const std::string method = request.method;
    Result<http::Response> response = co_await inner_.Send(std::move(request), stop);
    metrics_.CountApiRequest(host_, method, response ? std::optional(response->status) : std::nullopt);
    co_return response;
  }
  Task<Result<http::StreamingResponse>> Open(http::Request request, std::stop_token stop) override {
    const std::string method = request.method;
    Result<http::StreamingResponse> response = co_await inner_.Open(std::move(request), stop);
    metrics_.CountApiRequest(host_, method, response ? std::optional(response->head.status) : std::nullopt);
    co_return response;
  }

 private:
  http::HttpTransport& inner_;
  telemetry::Metrics& metrics_;
  const std::string host_;
};

}  // namespace dso::controller
