// A gRPC server on a loop of its own thread, with a board and an API server that judges as it is told.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/async.h"
#include "deepseek/forecast/v1/forecast.grpc.pb.h"
#include "externalscaler/externalscaler.grpc.pb.h"
#include "google/rpc/status.pb.h"
#include "rpc/server.h"
#include "runtime/event_loop.h"
#include "tests/rpc/views.h"

namespace dso::rpc::test {

// Knows tokens and rights; counts what it is asked.
class FakeReviewer final : public AccessReviewer {
 public:
  Task<Result<Identity>> ReviewToken(std::string token) override {
    ++token_reviews;
    const std::lock_guard lock(mutex);
    if (error) co_return *error;
    const auto known = tokens.find(token);
    if (known == tokens.end()) co_return Error{ErrorCode::kUnauthenticated, "unknown token"};
    co_return Identity{.user = known->second};
  }
  Task<Result<bool>> MayAccess(Identity identity, Access access) override {
    ++access_reviews;
    const std::lock_guard lock(mutex);
    if (error) co_return *error;
    co_return rights.contains(identity.user + " " + access.verb + " " + access.ns + "/" + access.name);
  }

  std::atomic<int> token_reviews = 0;
  std::atomic<int> access_reviews = 0;
  std::mutex mutex;
  std::optional<Error> error;
  std::map<std::string, std::string> tokens;  // token -> user
  std::set<std::string> rights;               // "user verb namespace/name"
};

class ServerTest : public testing::Test {
 protected:
  void TearDown() override { Stop(); }

  // Once: the loop does not turn again. Serves what has been published; answers forecasts with `forecast_`.
  void Start(ServerOptions options = {}) {
    if (options.listen_address.empty()) options.listen_address = "127.0.0.1:0";
    auto created = Server::Create(
        loop_, options, board_,
        [this](const std::string& ns, const std::string& name, PathQuery query) { return forecast_(ns, name, query); },
        reviewer_,
        [this](std::string_view method, std::string_view code) {
          const std::lock_guard lock(handled_mutex_);
          ++handled_[std::string(method) + " " + std::string(code)];
        });
    ASSERT_TRUE(created) << created.error().message;
    server_ = *std::move(created);
    stop_ = std::stop_source();
    thread_ = std::thread([this] { loop_.Run(); });
    std::promise<void> serving;
    loop_.Post([this, &serving] {
      Spawn(Run());
      serving.set_value();
    });
    serving.get_future().wait();
  }
  // Ends streams and the server; the board and the loop stay.
  void Stop() {
    if (!server_) return;
    loop_.Post([this] { stop_.request_stop(); });
    thread_.join();
    server_.reset();
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }
  std::shared_ptr<grpc::Channel> Channel() const {
    return grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
  }
  static void SetDeadline(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  }

  runtime::EventLoop loop_;
  Board board_;
  FakeReviewer reviewer_;
  ForecastSource forecast_ = [](const std::string&, const std::string&, const PathQuery&) -> Result<ForecastPath> {
    return Error{ErrorCode::kNotFound, "none"};
  };
  std::mutex handled_mutex_;
  std::map<std::string, int> handled_;  // calls by "method code"
  std::unique_ptr<Server> server_;
  std::stop_source stop_;
  std::thread thread_;

 private:
  Task<void> Run() {
    server_->SetServing(true);
    co_await server_->Run(stop_.get_token());
    loop_.Stop();
  }
};

// The details of an error.
inline google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), status.error_code());
  return details;
}

template <typename Detail>
Detail DetailOf(const grpc::Status& status) {
  Detail detail;
  const google::rpc::Status details = DetailsOf(status);
  for (const auto& any : details.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  ADD_FAILURE() << "no " << detail.GetTypeName() << " with " << status.error_message();
  return detail;
}

}  // namespace dso::rpc::test
