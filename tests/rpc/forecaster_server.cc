#include "tests/rpc/forecaster_server.h"

#include <grpcpp/grpcpp.h>

#include <stdexcept>
#include <utility>

#include "deepseek/forecaster/v1/forecaster.grpc.pb.h"

namespace dso::rpc::test {
namespace {

namespace proto = deepseek::forecaster::v1;

WallTime FromProto(const google::protobuf::Timestamp& time) {
  return WallTime(std::chrono::seconds(time.seconds()) + milliseconds(time.nanos() / 1'000'000));
}
milliseconds FromProto(const google::protobuf::Duration& time) {
  return std::chrono::seconds(time.seconds()) + milliseconds(time.nanos() / 1'000'000);
}
ForecastSeries FromProto(const proto::Series& series) { return {series.namespace_(), series.service(), series.unit()}; }
ForecastSamples FromProto(const proto::Samples& samples) {
  return {FromProto(samples.start()), FromProto(samples.step()), {samples.values().begin(), samples.values().end()}};
}

grpc::Status ToProto(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument: return {grpc::StatusCode::INVALID_ARGUMENT, error.message};
    case ErrorCode::kNotFound: return {grpc::StatusCode::NOT_FOUND, error.message};
    case ErrorCode::kConflict: return {grpc::StatusCode::FAILED_PRECONDITION, error.message};
    case ErrorCode::kResourceExhausted: return {grpc::StatusCode::RESOURCE_EXHAUSTED, error.message};
    case ErrorCode::kUnavailable: return {grpc::StatusCode::UNAVAILABLE, error.message};
    case ErrorCode::kPermissionDenied: return {grpc::StatusCode::PERMISSION_DENIED, error.message};
    case ErrorCode::kUnauthenticated: return {grpc::StatusCode::UNAUTHENTICATED, error.message};
    default: return {grpc::StatusCode::UNKNOWN, error.message};
  }
}

// Ends when the client has gone.
class Hanging final : public grpc::ServerUnaryReactor {
 public:
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }
};

class Service final : public proto::Forecaster::CallbackService {
 public:
  Service(std::shared_ptr<ScriptedForecaster> script, size_t padding_bytes)
      : script_(std::move(script)), padding_bytes_(padding_bytes) {}

  grpc::ServerUnaryReactor* Fit(grpc::CallbackServerContext* context, const proto::FitRequest* request,
                                proto::FitResponse* response) override {
    if (script_->hangs()) return new Hanging;
    FitRequest plain{.series = FromProto(request->series()),
                     .history = FromProto(request->history()),
                     .time_zone = request->time_zone(),
                     .horizon = FromProto(request->horizon()),
                     .quantiles = {request->quantiles().begin(), request->quantiles().end()}};
    const Result<std::string> model = script_->Fit(plain);
    auto* const reactor = context->DefaultReactor();
    if (model) response->set_model(*model);
    reactor->Finish(model ? grpc::Status::OK : ToProto(model.error()));
    return reactor;
  }

  grpc::ServerUnaryReactor* Predict(grpc::CallbackServerContext* context, const proto::PredictRequest* request,
                                    proto::PredictResponse* response) override {
    if (script_->hangs()) return new Hanging;
    PredictRequest plain{.series = FromProto(request->series()),
                         .recent = FromProto(request->recent()),
                         .horizon = FromProto(request->horizon()),
                         .step = FromProto(request->step()),
                         .quantiles = {request->quantiles().begin(), request->quantiles().end()}};
    const Result<Prediction> answer = script_->Predict(plain);
    if (answer) Write(*answer, *response);
    auto* const reactor = context->DefaultReactor();
    reactor->Finish(answer ? grpc::Status::OK : ToProto(answer.error()));
    return reactor;
  }

 private:
  void Write(const Prediction& answer, proto::PredictResponse& response) const {
    response.set_model(answer.model + std::string(padding_bytes_, 'x'));
    for (const PredictedPoint& point : answer.path) {
      proto::Point& out = *response.add_path();
      const auto whole = std::chrono::floor<std::chrono::seconds>(point.at);
      out.mutable_at()->set_seconds(whole.time_since_epoch().count());
      out.mutable_at()->set_nanos(static_cast<int32_t>((point.at - whole).count() * 1'000'000));
      out.set_expected(point.expected);
      out.mutable_quantiles()->Add(point.quantiles.begin(), point.quantiles.end());
    }
  }

  std::shared_ptr<ScriptedForecaster> script_;
  size_t padding_bytes_;
};

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const ServerTls* tls) {
  if (tls == nullptr) return grpc::InsecureServerCredentials();
  const bool mutual = !tls->client_ca_pem.empty();
  grpc::SslServerCredentialsOptions options(mutual ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                                   : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  options.pem_key_cert_pairs.push_back({tls->key_pem, tls->cert_pem});
  options.pem_root_certs = tls->client_ca_pem;
  return grpc::SslServerCredentials(options);
}

}  // namespace

struct ForecasterServer::Parts {
  Service service;
  std::unique_ptr<grpc::Server> server;
};

ForecasterServer::ForecasterServer(std::shared_ptr<ScriptedForecaster> script, const ServerTls* tls, int port,
                                   size_t padding_bytes)
    : parts_(new Parts{.service = Service(std::move(script), padding_bytes), .server = nullptr}) {
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(16 << 20);
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), CredentialsOf(tls), &port_);
  builder.RegisterService(&parts_->service);
  parts_->server = builder.BuildAndStart();
  if (parts_->server == nullptr || port_ == 0) throw std::runtime_error("the gRPC server does not start");
}

ForecasterServer::~ForecasterServer() {
  parts_->server->Shutdown(std::chrono::system_clock::now());
  parts_->server->Wait();
}

}  // namespace dso::rpc::test
