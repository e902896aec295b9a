// Load on the gRPC server, as KEDA's operator makes it: many GetMetrics over one connection, or many StreamIsActive
// that are held and opened again when they end. Prints one JSON object.
//
//   rpc_load metrics ADDRESS NAMESPACE SERVICE SECONDS CONCURRENCY
//   rpc_load streams ADDRESS NAMESPACE SERVICE SECONDS CLIENTS STREAMS_PER_CLIENT
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "externalscaler/externalscaler.grpc.pb.h"

namespace {

using Clock = std::chrono::steady_clock;
using Stub = externalscaler::ExternalScaler::Stub;

struct Target {
  std::string address;
  externalscaler::ScaledObjectRef ref;
};

std::shared_ptr<grpc::Channel> Connect(const std::string& address, int client) {
  grpc::ChannelArguments arguments;
  // A connection of its own for each client: channels with equal arguments share one.
  arguments.SetInt("client", client);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// One call after the other, until the time is over.
class Caller {
 public:
  Caller(Stub& stub, const externalscaler::GetMetricsRequest& request, Clock::time_point end,
         std::atomic<int>& under_way)
      : stub_(stub), request_(request), end_(end), under_way_(under_way) {}

  void Next() {
    if (Clock::now() >= end_) {
      --under_way_;
      return;
    }
    context_ = std::make_unique<grpc::ClientContext>();
    response_.Clear();
    began_ = Clock::now();
    stub_.async()->GetMetrics(context_.get(), &request_, &response_, [this](const grpc::Status& status) {
      const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began_);
      const bool good =
          status.ok() && response_.metricvalues_size() == 1 && response_.metricvalues(0).metricvalue() > 0;
      good ? took_us_.push_back(static_cast<uint32_t>(took.count())) : void(++failures_);
      if (!good) error_ = status.error_message();
      Next();
    });
  }

  const std::vector<uint32_t>& took_us() const { return took_us_; }
  size_t failures() const { return failures_; }
  const std::string& error() const { return error_; }

 private:
  Stub& stub_;
  const externalscaler::GetMetricsRequest& request_;
  const Clock::time_point end_;
  std::atomic<int>& under_way_;
  std::unique_ptr<grpc::ClientContext> context_;
  externalscaler::GetMetricsResponse response_;
  Clock::time_point began_;
  std::vector<uint32_t> took_us_;
  size_t failures_ = 0;
  std::string error_;
};

int RunMetrics(const Target& target, std::chrono::seconds duration, int concurrency) {
  const auto stub = externalscaler::ExternalScaler::NewStub(Connect(target.address, 0));
  externalscaler::GetMetricsRequest request;
  *request.mutable_scaledobjectref() = target.ref;
  request.set_metricname("floor");
  std::atomic<int> under_way = concurrency;
  const auto began = Clock::now();
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < concurrency; ++i) {
    callers.push_back(std::make_unique<Caller>(*stub, request, began + duration, under_way));
  }
  for (const auto& caller : callers) caller->Next();
  while (under_way > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();

  std::vector<uint32_t> all;
  size_t failures = 0;
  std::string error;
  for (const auto& caller : callers) {
    all.insert(all.end(), caller->took_us().begin(), caller->took_us().end());
    failures += caller->failures();
    if (!caller->error().empty()) error = caller->error();
  }
  std::sort(all.begin(), all.end());
  const auto at = [&](double share) {
    return all.empty() ? 0.0 : all[static_cast<size_t>(share * static_cast<double>(all.size() - 1))] / 1000.0;
  };
  std::cout << nlohmann::json{{"calls", all.size()}, {"failures", failures}, {"calls_per_second", all.size() / seconds},
                              {"p50_ms", at(0.5)},   {"p99_ms", at(0.99)},   {"p999_ms", at(0.999)},
                              {"max_ms", at(1)},     {"error", error}}
                   .dump()
            << std::endl;
  return failures == 0 && !all.empty() ? 0 : 1;
}

// One stream that is opened again whenever it ends, as KEDA does, only sooner.
class Holder {
 public:
  Holder(Stub& stub, const externalscaler::ScaledObjectRef& ref)
      : stub_(stub), ref_(ref), thread_([this] { Hold(); }) {}
  ~Holder() { thread_.join(); }

  void Stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (context_) context_->TryCancel();
  }
  bool active() const { return active_; }
  int opened() const { return opened_; }
  int ended() const { return ended_; }

 private:
  void Hold() {
    while (true) {
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
        context_ = std::make_unique<grpc::ClientContext>();
        context_->set_wait_for_ready(true);
      }
      const auto reader = stub_.StreamIsActive(context_.get(), ref_);
      externalscaler::IsActiveResponse response;
      bool first = true;
      while (reader->Read(&response)) {
        if (std::exchange(first, false)) ++opened_;
        active_ = response.result();
      }
      active_ = false;
      reader->Finish();
      if (!first) ++ended_;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }

  Stub& stub_;
  const externalscaler::ScaledObjectRef& ref_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::unique_ptr<grpc::ClientContext> context_;
  std::atomic<bool> active_ = false;
  std::atomic<int> opened_ = 0;
  std::atomic<int> ended_ = 0;
  std::thread thread_;
};

int RunStreams(const Target& target, std::chrono::seconds duration, int clients, int streams_per_client) {
  std::vector<std::unique_ptr<Stub>> stubs;
  std::vector<std::unique_ptr<Holder>> holders;
  for (int client = 0; client < clients; ++client) {
    stubs.push_back(externalscaler::ExternalScaler::NewStub(Connect(target.address, client)));
    for (int i = 0; i < streams_per_client; ++i) holders.push_back(std::make_unique<Holder>(*stubs.back(), target.ref));
  }
  const auto count = [&](auto value) {
    int sum = 0;
    for (const auto& holder : holders) sum += value(*holder);
    return sum;
  };
  const auto active = [&] { return count([](const Holder& holder) { return holder.active() ? 1 : 0; }); };
  const auto end = Clock::now() + duration;
  int most = 0;
  while (Clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const int now = active();
    most = std::max(most, now);
    std::cerr << now << std::endl;  // for who waits until all are open
  }
  const int at_end = active();
  const int opened = count([](const Holder& holder) { return holder.opened(); });
  const int ended = count([](const Holder& holder) { return holder.ended(); });
  for (const auto& holder : holders) holder->Stop();
  holders.clear();
  const int all = clients * streams_per_client;
  std::cout << nlohmann::json{{"streams", all},
                              {"most_active", most},
                              {"active_at_end", at_end},
                              {"opened", opened},
                              {"ended", ended}}
                   .dump()
            << std::endl;
  return at_end == all ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool metrics = words.size() == 6 && words[0] == "metrics";
  const bool streams = words.size() == 7 && words[0] == "streams";
  if (!metrics && !streams) {
    std::cerr << "usage: rpc_load metrics ADDRESS NAMESPACE SERVICE SECONDS CONCURRENCY\n"
                 "       rpc_load streams ADDRESS NAMESPACE SERVICE SECONDS CLIENTS STREAMS_PER_CLIENT\n";
    return 2;
  }
  Target target{words[1], {}};
  target.ref.set_name("bench");
  target.ref.set_namespace_(words[2]);
  (*target.ref.mutable_scalermetadata())["service"] = words[3];
  const std::chrono::seconds duration(std::atoi(words[4].c_str()));
  if (metrics) return RunMetrics(target, duration, std::atoi(words[5].c_str()));
  return RunStreams(target, duration, std::atoi(words[5].c_str()), std::atoi(words[6].c_str()));
}
