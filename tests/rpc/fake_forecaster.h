// A ForecasterClient that acts a script on the loop, without a network. forecaster_contract_test.cc holds it and the
// real client to the same promises.
#pragma once

#include <memory>
#include <utility>

#include "base/async.h"
#include "rpc/forecaster_answer.h"
#include "rpc/forecaster_client.h"
#include "tests/rpc/scripted_forecaster.h"

namespace dso::rpc::test {

class FakeForecasterClient final : public ForecasterClient {
 public:
  explicit FakeForecasterClient(Loop& loop, std::shared_ptr<ScriptedForecaster> script)
      : loop_(loop), script_(std::move(script)) {}

  // Nobody listens at the address.
  void set_absent(bool absent) { absent_ = absent; }
  // Requests that have not ended, and the most that there were at once.
  int under_way() const { return under_way_; }
  int most_under_way() const { return most_under_way_; }
  void set_latency(milliseconds latency) { latency_ = latency; }

  Task<Result<std::string>> Fit(FitRequest request, milliseconds timeout, std::stop_token stop) override {
    const Status arrives = co_await Arrive(timeout, stop);
    if (!arrives) co_return arrives.error();
    co_return script_->Fit(request);
  }

  Task<Result<Prediction>> Predict(PredictRequest request, milliseconds timeout, std::stop_token stop) override {
    const Status arrives = co_await Arrive(timeout, stop);
    if (!arrives) co_return arrives.error();
    Result<Prediction> answer = script_->Predict(request);
    if (!answer) co_return answer;
    const Status valid = ValidateAnswer(request, *answer);
    if (!valid) co_return valid.error();
    co_return answer;
  }

 private:
  Task<Status> Arrive(milliseconds timeout, std::stop_token stop) {
    most_under_way_ = std::max(most_under_way_, ++under_way_);
    const milliseconds takes = script_->hangs() ? timeout : std::min(latency_, timeout);
    const bool arrived = co_await Sleep(loop_, takes, stop);
    --under_way_;
    if (!arrived || stop.stop_requested()) co_return Error{ErrorCode::kCancelled, "the operator is stopping"};
    if (absent_) co_return Error{ErrorCode::kUnavailable, "it cannot be reached: nobody listens"};
    if (takes == timeout) co_return Error{ErrorCode::kDeadlineExceeded, "no answer in time"};
    co_return Status();
  }

  Loop& loop_;
  std::shared_ptr<ScriptedForecaster> script_;
  bool absent_ = false;
  milliseconds latency_{1};
  int under_way_ = 0;
  int most_under_way_ = 0;
};

}  // namespace dso::rpc::test
