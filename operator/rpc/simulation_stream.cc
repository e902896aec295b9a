#include "rpc/simulation_stream.h"

#include <utility>

namespace dso::rpc {

void SimulationStream::Progress(double share) {
  {
    const std::lock_guard lock(mutex_);
    progress_ = share;
  }
  Poke();
}

void SimulationStream::Result(deepseek::forecast::v1::SimulationResult result) {
  {
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
  }
  Poke();
  EndAfterAll();
}

bool SimulationStream::Take(deepseek::forecast::v1::SimulateResponse& message) {
  if (result_) {
    *message.mutable_result() = *std::exchange(result_, std::nullopt);
    progress_.reset();
    return true;
  }
  if (!progress_) return false;
  message.set_progress(*std::exchange(progress_, std::nullopt));
  return true;
}

}  // namespace dso::rpc
