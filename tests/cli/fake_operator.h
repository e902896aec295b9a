// An operator that answers what a test tells it to, over real gRPC on a port of this machine. Thread-safe.
#pragma once

#include <deepseek/forecast/v1/forecast.grpc.pb.h>
#include <fmt/format.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/cli/sample_messages.h"

namespace dso::cli::test {

class FakeOperator final : public v1::ForecastService::Service {
 public:
  // On a port that is free, or on that one.
  explicit FakeOperator(std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials(),
                        int port = 0) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(fmt::format("127.0.0.1:{}", port), std::move(credentials), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeOperator() override { Stop(); }

  bool listens() const { return server_ != nullptr && port_ != 0; }
  int port() const { return port_; }
  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }

  // Ends all calls. The port is free afterwards.
  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }

  // The status of every call from now on.
  void Refuse(const grpc::Status& status) {
    const std::lock_guard lock(mutex_);
    refusal_ = status;
  }
  // Calls are left without an answer.
  void Hang() {
    const std::lock_guard lock(mutex_);
    hangs_ = true;
  }
  // To every stream, also to those that begin later.
  void Tell(const v1::DecisionEvent& event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
    }
    changed_.notify_all();
  }
  // Waits until so many streams have begun.
  void AwaitStreams(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return streams_ >= count; });
  }

  // Waits until so many decisions have been written.
  void AwaitWritten(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return written_ >= count; });
  }
  // In good order, those that are there now.
  void EndStreams() {
    const std::lock_guard lock(mutex_);
    ++ended_streams_;
    changed_.notify_all();
  }

  v1::GetForecastRequest forecast_request() const {
    const std::lock_guard lock(mutex_);
    return forecast_request_;
  }
  std::string authorization() const {
    const std::lock_guard lock(mutex_);
    return authorization_;
  }

  v1::ListServicesResponse services;  // one a page; set it before the first call

 private:
  grpc::Status GetForecast(grpc::ServerContext* context, const v1::GetForecastRequest* request,
                           v1::GetForecastResponse* response) override {
    if (grpc::Status status = Admit(*context); !status.ok()) return status;
    const std::lock_guard lock(mutex_);
    forecast_request_ = *request;
    *response = SampleForecast();
    return grpc::Status::OK;
  }
  grpc::Status Explain(grpc::ServerContext* context, const v1::ExplainRequest*,
                       v1::ExplainResponse* response) override {
    if (grpc::Status status = Admit(*context); !status.ok()) return status;
    *response = SampleDecision();
    return grpc::Status::OK;
  }
  grpc::Status ListServices(grpc::ServerContext* context, const v1::ListServicesRequest* request,
                            v1::ListServicesResponse* response) override {
    if (grpc::Status status = Admit(*context); !status.ok()) return status;
    const int page = request->page_token().empty() ? 0 : std::stoi(request->page_token());
    if (page < services.services_size()) *response->add_services() = services.services(page);
    if (page + 1 < services.services_size()) response->set_next_page_token(std::to_string(page + 1));
    return grpc::Status::OK;
  }
  grpc::Status WatchDecisions(grpc::ServerContext* context, const v1::WatchDecisionsRequest*,
                              grpc::ServerWriter<v1::WatchDecisionsResponse>* writer) override {
    if (grpc::Status status = Admit(*context); !status.ok()) return status;
    std::unique_lock lock(mutex_);
    ++streams_;
    changed_.notify_all();
    const int ended = ended_streams_;
    for (size_t told = 0; !stopping_ && ended == ended_streams_ && !context->IsCancelled();) {
      if (told == events_.size()) {
        changed_.wait_for(lock, std::chrono::milliseconds(20));  // a client that goes away wakes nobody
        continue;
      }
      v1::WatchDecisionsResponse response;
      *response.mutable_decision() = events_[told++];
      lock.unlock();
      writer->Write(response);
      lock.lock();
      ++written_;
      changed_.notify_all();
    }
    return grpc::Status::OK;
  }

  grpc::Status Admit(grpc::ServerContext& context) {
    std::unique_lock lock(mutex_);
    const auto header = context.client_metadata().find("authorization");
    if (header != context.client_metadata().end()) {
      authorization_ = std::string(header->second.data(), header->second.size());
    }
    while (hangs_ && !stopping_ && !context.IsCancelled()) changed_.wait_for(lock, std::chrono::milliseconds(20));
    return refusal_;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  grpc::Status refusal_ = grpc::Status::OK;
  bool hangs_ = false;
  bool stopping_ = false;
  int streams_ = 0;
  int ended_streams_ = 0;
  int written_ = 0;
  std::vector<v1::DecisionEvent> events_;
  v1::GetForecastRequest forecast_request_;
  std::string authorization_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace dso::cli::test
