#include "controller/process.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <random>
#include <thread>

#include "base/async.h"
#include "base/log.h"
#include "controller/cluster_access.h"
#include "controller/controller.h"
#include "controller/counting_transport.h"
#include "controller/operator_config.h"
#include "http/cpprest_transport.h"
#include "http/server.h"
#include "kube/authenticated_transport.h"
#include "kube/kubeconfig_file.h"
#include "rpc/forecaster_channel.h"
#include "rpc/grpc_log.h"
#include "rpc/kube_access_reviewer.h"
#include "rpc/server.h"
#include "runtime/event_loop.h"
#include "runtime/fenced_transport.h"
#include "runtime/leader_elector.h"
#include "telemetry/endpoints.h"

namespace dso::controller {
namespace {

// The kubelet kills after terminationGracePeriodSeconds (30 s by default): be gone before.
constexpr seconds kLongestShutdown{20};
// What a burst (the first lists, a history) has freed goes back to the system this often.
constexpr milliseconds kTrimPeriod = std::chrono::minutes(1);
constexpr milliseconds kLatenessPeriod{100};
// glibc would give each network thread an arena of its own, which grows with the largest answer it has parsed.
constexpr int kAllocatorArenas = 2;
// A caller waits for it.
constexpr milliseconds kReviewTimeLimit = seconds(5);
// The readiness check of an operator that takes part in leader election. One that waits for the lease is ready.
constexpr const char* kElectionCheck = "leader-election";

Result<OperatorConfig> Configure(const ProcessOptions& options) {
  OperatorConfig config;
  if (!options.config_file.empty()) {
    auto loaded = LoadOperatorConfig(options.config_file);
    if (!loaded) return std::move(loaded).error();
    config = *std::move(loaded);
  }
  for (const std::string& server : options.prometheus) {
    if (Status added = AddPrometheusFlag(config, server); !added) return std::move(added).error();
  }
  if (!options.watch_namespaces.empty()) {
    Status set = SetWatchNamespacesFlag(config, options.watch_namespaces);
    if (!set) return std::move(set).error();
  }
  if (!options.rpc_listen_address.empty()) {
    Status set = SetRpcListenFlag(config, options.rpc_listen_address);
    if (!set) return std::move(set).error();
  }
  if (!options.listen_address.empty()) config.listen_address = options.listen_address;
  if (options.leader_elect) config.leader_election.enabled = true;
  if (!options.log_level.empty()) {
    auto level = ParseLogLevel(options.log_level);
    if (!level) return std::move(level).error().WithContext("--log-level");
    config.log_level = *level;
  }
  if (!options.log_format.empty()) {
    auto format = ParseLogFormat(options.log_format);
    if (!format) return std::move(format).error().WithContext("--log-format");
    config.log_format = *format;
  }
  return config;
}

Result<std::unique_ptr<http::CpprestTransport>> ConnectTo(Loop& loop, const prom::ServerConfig& server) {
  auto url = http::ParseUrl(server.url);
  if (!url) return std::move(url).error();
  http::TlsOptions tls;
  if (!server.ca_file.empty()) {
    auto pem = kube::ReadSmallFile(server.ca_file, fmt::format("prometheus {}: caFile", server.name));
    if (!pem) return std::move(pem).error();
    tls.ca_pem = *std::move(pem);
  }
  return http::CpprestTransport::Create(loop, *url, tls);
}

// Names this process among its peers: two of one host, or one after the other, are not the same.
std::string ElectionIdentity(const std::string& instance) {
  std::random_device random;
  return fmt::format("{}_{:08x}{:08x}", instance, random(), random());
}

std::string InstanceName() {
  std::array<char, 256> host{};
  return ::gethostname(host.data(), host.size() - 1) == 0 ? host.data() : "deepseek-operator";
}

// Turns SIGTERM and SIGINT into a stop request on the loop, and into an end by force if that takes too long. The
// signals must be blocked in all threads.
class SignalWatcher {
 public:
  SignalWatcher(Loop& loop, std::stop_source& stop) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    std::thread([signals = signals_, &loop, stop]() mutable {
      int signal = 0;
      sigwait(&signals, &signal);
      loop.Post([stop, signal]() mutable {
        LogInfo("stopping", {{"signal", std::to_string(signal)}});
        stop.request_stop();
      });
      const timespec grace{kLongestShutdown.count(), 0};
      const int second = sigtimedwait(&signals, nullptr, &grace);
      LogError(second > 0 ? "stopped by a second signal" : "shutdown took too long, giving up");
      std::_Exit(1);
    }).detach();
  }

 private:
  sigset_t signals_{};
};

Task<void> TrimMemory(Loop& loop, std::stop_token stop) {
  while (true) {
    const bool slept = co_await Sleep(loop, kTrimPeriod, stop);
    if (!slept) co_return;
    ::malloc_trim(0);
  }
}

Task<void> MeasureLateness(Loop& loop, telemetry::Metrics& metrics, std::stop_token stop) {
  while (true) {
    const SteadyTime due = loop.Now() + kLatenessPeriod;
    const bool slept = co_await Sleep(loop, kLatenessPeriod, stop);
    if (!slept) co_return;
    metrics.ObserveLoopLateness(loop.Now() - due);
  }
}

// The election goes on until the controller has finished its writes.
Task<void> RunController(Controller& controller, std::stop_token stop, std::stop_source& election) {
  co_await controller.Run(stop);
  election.request_stop();
}

Task<void> RunUntilStopped(Controller& controller, runtime::LeaderElector* elector, rpc::Server* server,
                           telemetry::Metrics& metrics, runtime::EventLoop& loop, std::stop_token stop) {
  std::stop_source election;
  std::vector<Task<void>> parts;
  parts.push_back(RunController(controller, stop, election));
  if (elector != nullptr) parts.push_back(elector->Run(election.get_token()));
  if (server != nullptr) parts.push_back(server->Run(stop));
  parts.push_back(TrimMemory(loop, stop));
  parts.push_back(MeasureLateness(loop, metrics, stop));
  co_await WhenAll(std::move(parts));
  loop.Stop();
}

void ReportElection(const runtime::LeaderElector& elector, telemetry::Health& health) {
  health.SetReady(kElectionCheck, elector.Problem().empty(), elector.Problem());
}

}  // namespace

Status RunOperator(const ProcessOptions& options) {
  ::mallopt(M_ARENA_MAX, kAllocatorArenas);
  auto config = Configure(options);
  if (!config) return std::move(config).error();
  ConfigureLog(config->log_level, config->log_format);
  rpc::RouteGrpcLog();
  auto access = FindCluster(options.kubeconfig, options.context);
  if (!access) return std::move(access).error();

  // Never destroyed: threads of the network library may post to it until the very end.
  static runtime::EventLoop& loop = *new runtime::EventLoop;
  std::stop_source stop;
  const SignalWatcher signals(loop, stop);

  auto api_server = kube::AuthenticatedTransport::Create(loop, *access);
  if (!api_server) return std::move(api_server).error();
  telemetry::Metrics metrics;
  metrics.SetVersion(options.version);
  std::vector<std::string> checks{kCachesCheck, kDemandCheck};
  if (config->leader_election.enabled) checks.push_back(kElectionCheck);
  telemetry::Health health([] { return loop.Now() - loop.LastTurn(); }, std::move(checks));
  CountingTransport counted(**api_server, metrics, access->server.host);
  runtime::Leadership leadership(loop);
  runtime::FencedTransport fenced(counted, leadership);
  kube::Client client(fenced);

  prom::DemandSource demand(loop, config->watch_namespaces);
  std::vector<std::unique_ptr<http::CpprestTransport>> prometheus_transports;
  for (const prom::ServerConfig& server : config->prometheus) {
    auto transport = ConnectTo(loop, server);
    if (!transport) return std::move(transport).error();
    if (Status added = demand.AddServer(server, **transport); !added) return std::move(added).error();
    if (prom::SendsCredentialsInClear(server)) {
      LogWarning("the credentials of a Prometheus server go over the network unencrypted: give it an https url",
                 {{"server", server.name}, {"url", server.url}});
    }
    prometheus_transports.push_back(*std::move(transport));
  }
  auto endpoints = http::Server::Create(config->listen_address, telemetry::MakeEndpoints(metrics, health));
  if (!endpoints) return std::move(endpoints).error();

  std::vector<ConfiguredForecaster> forecasters;
  for (const rpc::ForecasterConfig& forecaster : config->forecasters) {
    forecasters.push_back({forecaster, rpc::ConnectToForecaster(loop, forecaster)});
  }
  const std::string instance = InstanceName();
  rpc::Board board;
  Controller controller(loop, client, demand, metrics, health, leadership, board,
                        {.sync_period = config->sync_period,
                         .max_concurrent_reconciles = config->max_concurrent_reconciles,
                         .instance = instance,
                         .lease = config->leader_election.enabled ? config->leader_election.lease_name : "",
                         .namespaces = config->watch_namespaces,
                         .forecasters = std::move(forecasters)});
  // Reviews decide nothing about the cluster: also who stands by may ask for them.
  kube::Client review_client(counted, kReviewTimeLimit);
  rpc::KubeAccessReviewer reviewer(review_client, config->rpc ? config->rpc->audiences : std::vector<std::string>());
  std::unique_ptr<rpc::Server> rpc_server;
  if (config->rpc) {
    const auto forecast = [&controller](const std::string& ns, const std::string& name, rpc::PathQuery query) {
      return controller.Forecast(ns, name, std::move(query));
    };
    auto created = rpc::Server::Create(
        loop, *config->rpc, board, forecast, reviewer,
        [&metrics](std::string_view method, std::string_view code) { metrics.CountRpc(method, code); });
    if (!created) return std::move(created).error();
    rpc_server = *std::move(created);
    controller.OnSynced([&server = *rpc_server] { server.SetServing(true); });
    LogInfo("gRPC", {{"address", config->rpc->listen_address}, {"tls", config->rpc->tls ? "true" : "false"}});
  }
  kube::Client lease_client(counted, runtime::kLeaseTimeLimit);
  std::optional<runtime::LeaderElector> elector;
  const LeaderElection& election = config->leader_election;
  if (election.enabled) {
    const bool own_namespace = election.lease_namespace.empty();
    const kube::ObjectKey lease{own_namespace ? access->default_namespace : election.lease_namespace,
                                election.lease_name};
    elector.emplace(loop, lease_client, leadership, lease, ElectionIdentity(instance));
    elector->OnProblem([&] { ReportElection(*elector, health); });
    metrics.SetLeading(lease.name, false);
  } else {
    leadership.LeadUntil(SteadyTime::max());
  }
  LogInfo("started",
          {{"apiServer", access->server.ToString()},
           {"namespaces",
            config->watch_namespaces.empty() ? "all" : fmt::format("{}", fmt::join(config->watch_namespaces, ","))},
           {"prometheusServers", std::to_string(config->prometheus.size())},
           {"endpoints", (*endpoints)->address().ToString()},
           {"syncPeriod", FormatDuration(config->sync_period)}});
  Spawn(RunUntilStopped(controller, elector ? &*elector : nullptr, rpc_server.get(), metrics, loop, stop.get_token()));
  loop.Run();
  LogInfo("stopped");
  return {};
}

}  // namespace dso::controller
