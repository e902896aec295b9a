#include "rpc/forecaster_channel.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "deepseek/forecaster/v1/forecaster.grpc.pb.h"
#include "kube/kubeconfig_file.h"
#include "rpc/forecaster_answer.h"
#include "rpc/timestamps.h"

namespace dso::rpc {
namespace {

namespace proto = deepseek::forecaster::v1;
using rpc::ToProto;  // of times

constexpr int kShortestReconnectMs = 1'000;
// A forecaster that is back is to be noticed soon; whoever calls has a circuit breaker of its own.
constexpr int kLongestReconnectMs = 10'000;
constexpr size_t kLongestWords = 200;
constexpr size_t kLongestModel = 64;

// A time that does not fit is one that nobody asked for: the end of time.
WallTime FromProto(const google::protobuf::Timestamp& time) {
  constexpr int64_t kEndOfTime = 253402300799;  // 9999-12-31T23:59:59Z
  if (time.seconds() < 0 || time.seconds() > kEndOfTime) return WallTime(seconds(kEndOfTime));
  return WallTime(seconds(time.seconds()) +
                  std::chrono::duration_cast<milliseconds>(std::chrono::nanoseconds(time.nanos())));
}

proto::Series ToProto(const ForecastSeries& series) {
  proto::Series out;
  out.set_namespace_(series.namespace_name);
  out.set_service(series.service);
  out.set_unit(series.unit);
  return out;
}

proto::Samples ToProto(const ForecastSamples& samples) {
  proto::Samples out;
  *out.mutable_start() = ToProto(samples.start);
  *out.mutable_step() = ToProto(samples.step);
  out.mutable_values()->Add(samples.values.begin(), samples.values.end());
  return out;
}

proto::FitRequest ToProto(const FitRequest& request) {
  proto::FitRequest out;
  *out.mutable_series() = ToProto(request.series);
  *out.mutable_history() = ToProto(request.history);
  out.set_time_zone(request.time_zone);
  *out.mutable_horizon() = ToProto(request.horizon);
  out.mutable_quantiles()->Add(request.quantiles.begin(), request.quantiles.end());
  return out;
}

proto::PredictRequest ToProto(const PredictRequest& request) {
  proto::PredictRequest out;
  *out.mutable_series() = ToProto(request.series);
  *out.mutable_recent() = ToProto(request.recent);
  *out.mutable_horizon() = ToProto(request.horizon);
  *out.mutable_step() = ToProto(request.step);
  out.mutable_quantiles()->Add(request.quantiles.begin(), request.quantiles.end());
  return out;
}

Prediction FromProto(const proto::PredictResponse& response) {
  Prediction out;
  out.model = Printable(response.model(), kLongestModel);
  for (const proto::Point& point : response.path()) {
    out.path.push_back({FromProto(point.at()), point.expected(), {point.quantiles().begin(), point.quantiles().end()}});
  }
  return out;
}

ErrorCode CodeOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE: return ErrorCode::kInvalidArgument;
    case grpc::StatusCode::NOT_FOUND: return ErrorCode::kNotFound;
    case grpc::StatusCode::FAILED_PRECONDITION: return ErrorCode::kConflict;
    case grpc::StatusCode::RESOURCE_EXHAUSTED: return ErrorCode::kResourceExhausted;
    case grpc::StatusCode::UNAUTHENTICATED: return ErrorCode::kUnauthenticated;
    case grpc::StatusCode::PERMISSION_DENIED: return ErrorCode::kPermissionDenied;
    default: return ErrorCode::kInternal;
  }
}

Error ErrorOf(const grpc::Status& status, milliseconds timeout, bool stopped) {
  if (stopped) return {ErrorCode::kCancelled, "the operator is stopping"};
  const std::string words = Printable(status.error_message(), kLongestWords);
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return {ErrorCode::kDeadlineExceeded, fmt::format("no answer within {}", FormatDuration(timeout))};
    case grpc::StatusCode::CANCELLED: return {ErrorCode::kInternal, "it has cancelled the call"};
    case grpc::StatusCode::UNIMPLEMENTED:
      return {ErrorCode::kInternal, "what listens at the address does not implement deepseek.forecaster.v1.Forecaster"};
    case grpc::StatusCode::UNAVAILABLE: return {ErrorCode::kUnavailable, "it cannot be reached: " + words};
    default: return {CodeOf(status.error_code()), words.empty() ? "it gives no reason" : words};
  }
}

// The contents of the files; a change of any of them is another connection.
struct Pem {
  std::string ca, cert, key;
  friend bool operator==(const Pem&, const Pem&) = default;
};

Result<Pem> ReadPem(const ForecasterTls& tls) {
  Pem pem;
  const std::pair<const std::string&, std::string&> files[] = {
      {tls.ca_file, pem.ca}, {tls.cert_file, pem.cert}, {tls.key_file, pem.key}};
  for (const auto& [file, content] : files) {
    if (file.empty()) continue;
    auto text = kube::ReadSmallFile(file, "tls");
    if (!text) return Error{ErrorCode::kUnavailable, std::move(text).error().message};
    content = *std::move(text);
  }
  return pem;
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const Pem& pem) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = pem.ca;  // empty: the system's
  options.pem_private_key = pem.key;
  options.pem_cert_chain = pem.cert;
  return grpc::SslCredentials(options);
}

class GrpcForecasterClient final : public ForecasterClient {
 public:
  GrpcForecasterClient(Loop& loop, ForecasterConfig config) : loop_(loop), config_(std::move(config)) {}

  ~GrpcForecasterClient() override {
    std::unique_lock lock(mutex_);
    const auto cancelled = under_way_;
    lock.unlock();  // a call may end within TryCancel
    for (const auto& context : cancelled) context->TryCancel();
    lock.lock();
    all_ended_.wait(lock, [this] { return under_way_.empty(); });
  }

  Task<Result<std::string>> Fit(FitRequest request, milliseconds timeout, std::stop_token stop) override {
    auto call = std::make_shared<Call<proto::FitRequest, proto::FitResponse>>(ToProto(request));
    const Status connected = Connect();
    if (!connected) co_return connected.error();
    const auto start = [this, call](std::function<void(grpc::Status)> done) {
      stub_->async()->Fit(&call->context, &call->request, &call->response, std::move(done));
    };
    const Status answered = co_await Run(call, start, timeout, stop);
    if (!answered) co_return answered.error();
    co_return Printable(call->response.model(), kLongestModel);
  }

  Task<Result<Prediction>> Predict(PredictRequest request, milliseconds timeout, std::stop_token stop) override {
    auto call = std::make_shared<Call<proto::PredictRequest, proto::PredictResponse>>(ToProto(request));
    const Status connected = Connect();
    if (!connected) co_return connected.error();
    const auto start = [this, call](std::function<void(grpc::Status)> done) {
      stub_->async()->Predict(&call->context, &call->request, &call->response, std::move(done));
    };
    const Status answered = co_await Run(call, start, timeout, stop);
    if (!answered) co_return answered.error();
    // Before anything is copied: 256 KiB hold ten thousands of points without content.
    if (static_cast<size_t>(call->response.path_size()) > kMostPoints) {
      co_return Internal(fmt::format("its answer cannot be used: the path has {} points, more than {}",
                                     call->response.path_size(), kMostPoints));
    }
    Prediction answer = FromProto(call->response);
    const Status valid = ValidateAnswer(request, answer);
    if (!valid) co_return valid.error();
    co_return answer;
  }

 private:
  // Shared by the coroutine and gRPC's thread; the channel of the call lives as long as the stub does.
  template <typename Request, typename Response>
  struct Call {
    explicit Call(Request message) : request(std::move(message)) {}
    grpc::ClientContext context;
    Request request;
    Response response;
    std::shared_ptr<proto::Forecaster::Stub> stub;
  };

  Status Connect() {
    Pem pem;
    if (config_.tls) {
      auto read = ReadPem(*config_.tls);
      if (!read) return std::move(read).error();
      pem = *std::move(read);
    }
    if (stub_ && pem == connected_with_) return {};
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(static_cast<int>(kLargestAnswerBytes));
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kShortestReconnectMs);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kShortestReconnectMs);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectMs);
    // Addresses come from the configuration: no proxy of the environment stands between.
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    // A connection of its own: one that another channel of this process holds may have other certificates.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    auto credentials = config_.tls ? CredentialsOf(pem) : grpc::InsecureChannelCredentials();
    stub_ = proto::Forecaster::NewStub(grpc::CreateCustomChannel(config_.address, std::move(credentials), arguments));
    connected_with_ = std::move(pem);
    return {};
  }

  template <typename CallType, typename Start>
  Task<Status> Run(std::shared_ptr<CallType> call, Start start, milliseconds timeout, std::stop_token stop) {
    if (stop.stop_requested()) co_return Error{ErrorCode::kCancelled, "the operator is stopping"};
    call->stub = stub_;
    call->context.set_deadline(std::chrono::system_clock::now() + timeout);
    const std::shared_ptr<grpc::ClientContext> context(call, &call->context);
    {
      const std::scoped_lock lock(mutex_);
      under_way_.insert(context);
    }
    const Deferred<grpc::Status> done;
    start([this, context, done](grpc::Status status) {
      loop_.Post([done, status = std::move(status)] { done.Set(status); });
      const std::scoped_lock lock(mutex_);
      under_way_.erase(context);
      // Under the lock: whoever waits for the last call destroys both with the client.
      if (under_way_.empty()) all_ended_.notify_all();
    });
    std::optional<std::stop_callback<std::function<void()>>> on_stop;
    on_stop.emplace(stop, [context] { context->TryCancel(); });
    const grpc::Status status = co_await done;
    on_stop.reset();
    if (status.ok()) co_return Status();
    co_return ErrorOf(status, timeout, stop.stop_requested());
  }

  Loop& loop_;
  const ForecasterConfig config_;
  std::shared_ptr<proto::Forecaster::Stub> stub_;
  Pem connected_with_;

  std::mutex mutex_;  // of what gRPC's threads touch
  std::condition_variable all_ended_;
  std::set<std::shared_ptr<grpc::ClientContext>> under_way_;
};

}  // namespace

std::unique_ptr<ForecasterClient> ConnectToForecaster(Loop& loop, ForecasterConfig config) {
  return std::make_unique<GrpcForecasterClient>(loop, std::move(config));
}

}  // namespace dso::rpc
