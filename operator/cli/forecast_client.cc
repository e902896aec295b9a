#include "cli/forecast_client.h"

#include <deepseek/forecast/v1/forecast.grpc.pb.h>
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace dso::cli {
namespace {

namespace v1 = deepseek::forecast::v1;

// A page of 500 services and a week of 1,000 points with 16 quantiles are some hundred kilobytes.
constexpr int kMaxMessageBytes = 16 << 20;

std::optional<RpcFailure> FailureOf(const grpc::Status& status) {
  if (status.ok()) return std::nullopt;
  return RpcFailure{.code = status.error_code(), .message = status.error_message(), .details = status.error_details()};
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const Endpoint& endpoint, const Secrets& secrets) {
  if (!endpoint.tls()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = secrets.ca;
  options.pem_cert_chain = secrets.certificate;
  options.pem_private_key = secrets.key;
  return grpc::SslCredentials(options);
}

grpc::ChannelArguments ArgumentsOf(const Endpoint& endpoint) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  if (!endpoint.tls_server_name.empty()) arguments.SetSslTargetNameOverride(endpoint.tls_server_name);
  // A proxy of the environment does not reach what listens on this machine.
  if (IsLoopback(endpoint.address)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Not shared with a channel that waits before it tries again.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

// Cancels a call that has not been fed for so long.
class Watchdog {
 public:
  Watchdog(grpc::ClientContext& context, milliseconds limit)
      : limit_(limit), thread_([this, &context] { Guard(context); }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void Feed() {
    const std::lock_guard lock(mutex_);
    ++fed_;
    wake_.notify_one();
  }
  bool has_bitten() {
    const std::lock_guard lock(mutex_);
    return has_bitten_;
  }

 private:
  void Guard(grpc::ClientContext& context) {
    std::unique_lock lock(mutex_);
    while (!ended_) {
      const int fed = fed_;
      if (wake_.wait_for(lock, limit_, [&] { return ended_ || fed_ != fed; })) continue;
      has_bitten_ = true;
      context.TryCancel();
      return;
    }
  }

  milliseconds limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  int fed_ = 0;
  bool ended_ = false;
  bool has_bitten_ = false;
  std::thread thread_;  // the last: it uses all of the others
};

}  // namespace

struct ForecastClient::Impl {
  std::unique_ptr<v1::ForecastService::Stub> stub;
  std::string token;

  void Prepare(grpc::ClientContext& context) const {
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  }

  // `call` is one of the stub's that answer once.
  template <typename Call>
  std::optional<RpcFailure> Answer(const Call& call, milliseconds timeout, const std::stop_token& stop) const {
    grpc::ClientContext context;
    Prepare(context);
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
    return FailureOf(call(context));
  }
};

ForecastClient::ForecastClient(const Endpoint& endpoint, const Secrets& secrets)
    : impl_(std::make_unique<Impl>(Impl{.stub = v1::ForecastService::NewStub(grpc::CreateCustomChannel(
                                            endpoint.address, CredentialsOf(endpoint, secrets), ArgumentsOf(endpoint))),
                                        .token = secrets.token})) {}
ForecastClient::ForecastClient(ForecastClient&&) noexcept = default;
ForecastClient::~ForecastClient() = default;

std::optional<RpcFailure> ForecastClient::GetForecast(const v1::GetForecastRequest& request,
                                                      v1::GetForecastResponse& response, milliseconds timeout,
                                                      const std::stop_token& stop) {
  const auto call = [&](grpc::ClientContext& context) {
    return impl_->stub->GetForecast(&context, request, &response);
  };
  return impl_->Answer(call, timeout, stop);
}

std::optional<RpcFailure> ForecastClient::Explain(const v1::ExplainRequest& request, v1::ExplainResponse& response,
                                                  milliseconds timeout, const std::stop_token& stop) {
  const auto call = [&](grpc::ClientContext& context) { return impl_->stub->Explain(&context, request, &response); };
  return impl_->Answer(call, timeout, stop);
}

std::optional<RpcFailure> ForecastClient::ListServices(v1::ListServicesRequest request,
                                                       v1::ListServicesResponse& response, milliseconds timeout,
                                                       const std::stop_token& stop) {
  response.Clear();
  do {
    v1::ListServicesResponse page;
    const auto call = [&](grpc::ClientContext& context) { return impl_->stub->ListServices(&context, request, &page); };
    if (auto failure = impl_->Answer(call, timeout, stop)) return failure;
    if (page.next_page_token() == request.page_token() && !page.next_page_token().empty()) {
      return RpcFailure{.code = grpc::StatusCode::INTERNAL,
                        .message = "the operator names a page of the list as its own successor",
                        .details = {}};
    }
    request.set_page_token(page.next_page_token());
    response.mutable_services()->MergeFrom(page.services());
  } while (!request.page_token().empty());
  return std::nullopt;
}

std::optional<RpcFailure> ForecastClient::Watch(const v1::WatchDecisionsRequest& request,
                                                const std::function<void(const v1::DecisionEvent&)>& on_decision,
                                                milliseconds silence, const std::stop_token& stop) {
  grpc::ClientContext context;
  impl_->Prepare(context);
  const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
  Watchdog watchdog(context, silence);
  const auto reader = impl_->stub->WatchDecisions(&context, request);
  v1::WatchDecisionsResponse response;
  while (reader->Read(&response)) {
    watchdog.Feed();
    if (response.has_decision()) on_decision(response.decision());
  }
  const grpc::Status status = reader->Finish();
  if (watchdog.has_bitten()) {
    return RpcFailure{.code = grpc::StatusCode::DEADLINE_EXCEEDED,
                      .message = fmt::format("nothing has been heard for {}", FormatDuration(silence)),
                      .details = {}};
  }
  return FailureOf(status);
}

}  // namespace dso::cli
