// The calls of deepseek.forecast.v1.ForecastService, each to its end on the thread that makes it. One call at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "base/time.h"
#include "cli/endpoint.h"
#include "cli/rpc_failure.h"

namespace deepseek::forecast::v1 {
class DecisionEvent;
class ExplainRequest;
class ExplainResponse;
class GetForecastRequest;
class GetForecastResponse;
class ListServicesRequest;
class ListServicesResponse;
class WatchDecisionsRequest;
}  // namespace deepseek::forecast::v1

namespace dso::cli {

class ForecastClient {
 public:
  // Nothing is connected yet. `endpoint` has been checked.
  ForecastClient(const Endpoint& endpoint, const Secrets& secrets);
  ForecastClient(ForecastClient&&) noexcept;
  ~ForecastClient();

  // Nothing if the call succeeded. A failure with CANCELLED after a stop; `timeout` counts connecting too.
  std::optional<RpcFailure> GetForecast(const deepseek::forecast::v1::GetForecastRequest& request,
                                        deepseek::forecast::v1::GetForecastResponse& response, milliseconds timeout,
                                        const std::stop_token& stop);
  std::optional<RpcFailure> Explain(const deepseek::forecast::v1::ExplainRequest& request,
                                    deepseek::forecast::v1::ExplainResponse& response, milliseconds timeout,
                                    const std::stop_token& stop);
  // All pages in one response. `timeout` is that of each page.
  std::optional<RpcFailure> ListServices(deepseek::forecast::v1::ListServicesRequest request,
                                         deepseek::forecast::v1::ListServicesResponse& response, milliseconds timeout,
                                         const std::stop_token& stop);

  // Hands each decision over until the stream ends, which is nothing if the operator ended it in good order. A stream
  // that has said nothing for `silence`, not even that there is nothing to say, is given up: DEADLINE_EXCEEDED.
  std::optional<RpcFailure> Watch(const deepseek::forecast::v1::WatchDecisionsRequest& request,
                                  const std::function<void(const deepseek::forecast::v1::DecisionEvent&)>& on_decision,
                                  milliseconds silence, const std::stop_token& stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dso::cli
