// deepseek.forecast.v1.ForecastService over the board, the forecasters of the loop, and the backtest.
#pragma once

#include <atomic>
#include <deque>
#include <functional>

#include "deepseek/forecast/v1/forecast.grpc.pb.h"
#include "rpc/background_worker.h"
#include "rpc/board.h"
#include "rpc/forecast_path.h"
#include "rpc/gate.h"
#include "rpc/streams.h"

namespace dso::rpc {

class ForecastService final : public deepseek::forecast::v1::ForecastService::CallbackService {
 public:
  ForecastService(Loop& loop, Board& board, ForecastSource source, Gate& gate, Streams& streams)
      : loop_(loop), board_(board), source_(std::move(source)), gate_(gate), streams_(streams) {}

  grpc::ServerUnaryReactor* GetForecast(grpc::CallbackServerContext* context,
                                        const deepseek::forecast::v1::GetForecastRequest* request,
                                        deepseek::forecast::v1::GetForecastResponse* response) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context,
                                    const deepseek::forecast::v1::ExplainRequest* request,
                                    deepseek::forecast::v1::ExplainResponse* response) override;
  grpc::ServerUnaryReactor* ListServices(grpc::CallbackServerContext* context,
                                         const deepseek::forecast::v1::ListServicesRequest* request,
                                         deepseek::forecast::v1::ListServicesResponse* response) override;
  grpc::ServerWriteReactor<deepseek::forecast::v1::WatchDecisionsResponse>* WatchDecisions(
      grpc::CallbackServerContext* context, const deepseek::forecast::v1::WatchDecisionsRequest* request) override;
  grpc::ServerWriteReactor<deepseek::forecast::v1::SimulateResponse>* Simulate(
      grpc::CallbackServerContext* context, const deepseek::forecast::v1::SimulateRequest* request) override;

 private:
  // A forecast takes up to some milliseconds of the loop: one at a time, with everything else in between.
  void Enqueue(std::function<void()> work);
  void RunNext();

  Loop& loop_;
  Board& board_;
  const ForecastSource source_;
  Gate& gate_;
  Streams& streams_;
  BackgroundWorker worker_;
  std::atomic<int> waiting_ = 0;               // forecasts that are asked for
  std::deque<std::function<void()>> queue_{};  // loop thread only
};

}  // namespace dso::rpc
