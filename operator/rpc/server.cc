#include "rpc/server.h"

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/log.h"
#include "rpc/call_counter.h"
#include "rpc/external_scaler.h"
#include "rpc/forecast_service.h"
#include "rpc/gate.h"
#include "rpc/server_certificate.h"
#include "rpc/status_details.h"
#include "rpc/streams.h"

namespace dso::rpc {
namespace {

constexpr int kLargestMessage = 4 << 20;  // bytes: the trace of a simulation
constexpr size_t kMostMemory = 64 << 20;  // bytes: of all messages and connections
constexpr int kMostStreamsOnConnection = 256;
constexpr int kLargestHeaders = 16 << 10;  // bytes of metadata
// A client that is gone without a word is noticed, and clients may notice us.
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kClientPingsMs = 10'000;
// So that clients spread over the operators that there are. What is under way on a connection ends in peace.
constexpr int kLongestConnectionMs = 30 * 60 * 1000;
constexpr unsigned kCertificateRefreshSeconds = 10;
constexpr milliseconds kFilesPeriod = seconds(15);
constexpr milliseconds kLongestDrain = seconds(5);

std::shared_ptr<grpc::ServerCredentials> CredentialsFor(const ServerTls& tls) {
  namespace tls_api = grpc::experimental;
  const auto provider = std::make_shared<tls_api::FileWatcherCertificateProvider>(
      tls.key_file, tls.cert_file, tls.client_ca_file, kCertificateRefreshSeconds);
  tls_api::TlsServerCredentialsOptions options(provider);
  options.watch_identity_key_cert_pairs();
  if (!tls.client_ca_file.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls_api::TlsServerCredentials(options);
}

// gRPC reads the files again by itself, and takes what it finds: where that makes no sense nobody gets a connection any
// more, and nothing but this says why.
Task<void> WatchFiles(Loop& loop, ServerTls tls, std::stop_token stop) {
  std::string problem;
  while (true) {
    const bool slept = co_await Sleep(loop, kFilesPeriod, stop);
    if (!slept) co_return;
    const Status usable = CheckFiles(tls);
    std::string found = usable ? "" : usable.error().message;
    if (found == problem) continue;
    problem = std::move(found);
    if (problem.empty()) {
      LogInfo("the files of rpc.tls make sense again");
    } else {
      LogWarning("the files of rpc.tls make no sense, nobody can connect to gRPC", {{"error", problem}});
    }
  }
}

// Limits that hold before anything of ours sees a call.
void Bound(grpc::ServerBuilder& builder) {
  grpc::ResourceQuota quota("deepseek-operator");
  quota.Resize(kMostMemory);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kLargestMessage);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 2);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreamsOnConnection);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kLargestHeaders);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kClientPingsMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kLongestConnectionMs);
  // Another process on the port would get half of the connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

}  // namespace

struct Server::Parts {
  Parts(Loop& on, Board& board, ForecastSource source, AccessReviewer* reviewer, Limits limits)
      : loop(on),
        gate(on, reviewer, limits),
        streams(on, gate),
        forecasts(on, board, std::move(source), gate, streams),
        scaler(board, gate, streams) {}

  Loop& loop;
  std::optional<ServerTls> tls{};
  Gate gate;
  Streams streams;
  ForecastService forecasts;
  ExternalScaler scaler;
  std::unique_ptr<grpc::Server> server{};
  int port = 0;
};

Result<std::unique_ptr<Server>> Server::Create(Loop& loop, const ServerOptions& options, Board& board,
                                               ForecastSource source, AccessReviewer& reviewer, HandledCall handled) {
  if (Status valid = Validate(options); !valid) return std::move(valid).error().WithContext("rpc");
  if (options.tls) {
    if (Status usable = CheckFiles(*options.tls); !usable) return std::move(usable).error();
  }
  auto parts =
      std::make_unique<Parts>(loop, board, std::move(source), options.tls ? &reviewer : nullptr, options.limits);
  static const bool kExtensions = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  static_cast<void>(kExtensions);
  grpc::ServerBuilder builder;
  Bound(builder);
  builder.AddListeningPort(options.listen_address,
                           options.tls ? CredentialsFor(*options.tls) : grpc::InsecureServerCredentials(),
                           &parts->port);
  builder.experimental().SetInterceptorCreators(CallCounters(std::move(handled)));
  builder.RegisterService(&parts->forecasts);
  builder.RegisterService(&parts->scaler);
  parts->server = builder.BuildAndStart();
  if (!parts->server || parts->port == 0) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("rpc.listenAddress: cannot listen on {}: is the port in use, or the address not one of "
                             "this machine?",
                             options.listen_address)};
  }
  parts->tls = options.tls;
  std::unique_ptr<Server> server(new Server(std::move(parts)));
  server->SetServing(false);
  return server;
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() = default;

void Server::SetServing(bool serving) {
  parts_->gate.SetOpen(serving);
  auto* const health = parts_->server->GetHealthCheckService();
  health->SetServingStatus(serving);
  for (const char* service : {"deepseek.forecast.v1.ForecastService", "externalscaler.ExternalScaler"}) {
    health->SetServingStatus(service, serving);
  }
}

Task<void> Server::Run(std::stop_token stop) {
  std::vector<Task<void>> parts;
  parts.push_back(parts_->streams.Run(stop));
  if (parts_->tls) parts.push_back(WatchFiles(parts_->loop, *parts_->tls, stop));
  co_await WhenAll(std::move(parts));
  SetServing(false);
  parts_->streams.EndAll(ToStatus({ErrorCode::kUnavailable, "the operator is stopping; connect again"}));
  // Shutdown() waits, and what it waits for may need the loop.
  const Deferred<bool> ended;
  std::thread drain([server = parts_->server.get(), ended, &loop = parts_->loop] {
    server->Shutdown(std::chrono::system_clock::now() + kLongestDrain);
    server->Wait();
    loop.Post([ended] { ended.Set(true); });
  });
  co_await ended;
  drain.join();
  co_await parts_->gate.Drain();
}

int Server::port() const { return parts_->port; }

}  // namespace dso::rpc
