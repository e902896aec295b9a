// What a forecaster does in a test: the same script is acted by the fake and by a real gRPC server. Any thread.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "rpc/forecaster_client.h"

namespace dso::rpc::test {

class ScriptedForecaster {
 public:
  using OnFit = std::function<Result<std::string>(const FitRequest&)>;
  using OnPredict = std::function<Result<Prediction>(const PredictRequest&)>;

  // As the contract wants it: whatever was asked for, the same demand all along and quantiles one above the other.
  static Prediction Flat(const PredictRequest& request, double demand) {
    Prediction answer{.model = "flat", .path = {}};
    for (WallTime at = request.now() + request.step; at <= request.now() + request.horizon; at += request.step) {
      answer.path.push_back({at, demand, {}});
      for (size_t i = 0; i < request.quantiles.size(); ++i) {
        answer.path.back().quantiles.push_back(demand + static_cast<double>(i) + 1);
      }
    }
    return answer;
  }

  void set_on_fit(OnFit on_fit) {
    const std::scoped_lock lock(mutex_);
    on_fit_ = std::move(on_fit);
  }
  void set_on_predict(OnPredict on_predict) {
    const std::scoped_lock lock(mutex_);
    on_predict_ = std::move(on_predict);
  }
  // From now on nothing is answered.
  void set_hangs(bool hangs) {
    const std::scoped_lock lock(mutex_);
    hangs_ = hangs;
  }
  bool hangs() const {
    const std::scoped_lock lock(mutex_);
    return hangs_;
  }

  Result<std::string> Fit(const FitRequest& request) {
    const std::scoped_lock lock(mutex_);
    fits_.push_back(request);
    return on_fit_(request);
  }
  Result<Prediction> Predict(const PredictRequest& request) {
    const std::scoped_lock lock(mutex_);
    predictions_.push_back(request);
    return on_predict_(request);
  }
  std::vector<FitRequest> fits() const {
    const std::scoped_lock lock(mutex_);
    return fits_;
  }
  std::vector<PredictRequest> predictions() const {
    const std::scoped_lock lock(mutex_);
    return predictions_;
  }

 private:
  mutable std::mutex mutex_;
  OnFit on_fit_ = [](const FitRequest&) -> Result<std::string> { return std::string("flat"); };
  OnPredict on_predict_ = [](const PredictRequest& request) -> Result<Prediction> { return Flat(request, 1); };
  bool hangs_ = false;
  std::vector<FitRequest> fits_;
  std::vector<PredictRequest> predictions_;
};

}  // namespace dso::rpc::test
