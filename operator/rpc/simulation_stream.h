// The stream of Simulate: the newest progress, and then one result.
#pragma once

#include <atomic>
#include <optional>

#include "deepseek/forecast/v1/forecast.pb.h"
#include "rpc/out_stream.h"

namespace dso::rpc {

class SimulationStream final : public OutStream<deepseek::forecast::v1::SimulateResponse> {
 public:
  // What is done, in [0, 1]. Any thread.
  void Progress(double share);
  // The end of it. Any thread.
  void Result(deepseek::forecast::v1::SimulationResult result);

 private:
  bool Take(deepseek::forecast::v1::SimulateResponse& message) override;

  std::optional<double> progress_;
  std::optional<deepseek::forecast::v1::SimulationResult> result_;
};

}  // namespace dso::rpc
