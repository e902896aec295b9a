// KEDA's external scaler over the board: a ScaledObject follows the floor of a DeepSeekService of its namespace.
//
// The metric is the floor in replicas, to be compared with an average of 1 a replica: the HPA that KEDA makes then asks
// for exactly as many. A service always has at least one replica, so a scaler is active as soon as there is a floor.
#pragma once

#include "externalscaler/externalscaler.grpc.pb.h"
#include "rpc/board.h"
#include "rpc/gate.h"
#include "rpc/streams.h"

namespace dso::rpc {

// The name of the only metric.
inline constexpr const char* kFloorMetric = "floor";

class ExternalScaler final : public externalscaler::ExternalScaler::CallbackService {
 public:
  ExternalScaler(Board& board, Gate& gate, Streams& streams) : board_(board), gate_(gate), streams_(streams) {}

  grpc::ServerUnaryReactor* IsActive(grpc::CallbackServerContext* context, const externalscaler::ScaledObjectRef* ref,
                                     externalscaler::IsActiveResponse* response) override;
  grpc::ServerWriteReactor<externalscaler::IsActiveResponse>* StreamIsActive(
      grpc::CallbackServerContext* context, const externalscaler::ScaledObjectRef* ref) override;
  grpc::ServerUnaryReactor* GetMetricSpec(grpc::CallbackServerContext* context,
                                          const externalscaler::ScaledObjectRef* ref,
                                          externalscaler::GetMetricSpecResponse* response) override;
  grpc::ServerUnaryReactor* GetMetrics(grpc::CallbackServerContext* context,
                                       const externalscaler::GetMetricsRequest* request,
                                       externalscaler::GetMetricsResponse* response) override;

 private:
  Board& board_;
  Gate& gate_;
  Streams& streams_;
};

}  // namespace dso::rpc
