// demo-workload: an HTTP server that behaves like one replica of an LLM service. See ../README.md.

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <random>

#include "common/duration.h"
#include "common/flags.h"
#include "common/http_server.h"
#include "common/user_error.h"
#include "replica/replica_server.h"

namespace workload {
namespace {

namespace asio = boost::asio;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

struct Options {
  std::string address = "0.0.0.0";
  std::uint16_t port = 8000;
  ReplicaModel::Limits limits{.slots = 4, .queue_places = 0};
  nanoseconds service_time = 1200ms;
  Jitter jitter = Jitter::kLognormal;
  std::uint64_t seed = std::random_device()();
  nanoseconds cpu_per_request = 5ms;
  nanoseconds startup_delay = 60s;
  nanoseconds drain_delay = 3s;
  nanoseconds drain_timeout = 25s;  // below Kubernetes' terminationGracePeriodSeconds of 30
};

// More connections than this are not accepted at once, so more places than this could never be taken.
constexpr std::int64_t kMostRequests = 800;

void AddFlags(CLI::App& app, Options& options) {
  app.set_version_flag("--version", std::string("demo-workload ") + WORKLOAD_VERSION);
  app.add_option("--address", options.address, "IP address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "port to listen on; 0 lets the system choose")->capture_default_str();
  app.add_option("--slots", options.limits.slots, "requests worked on at once")
      ->check(CLI::Range(std::int64_t{1}, kMostRequests))
      ->capture_default_str();
  app.add_option("--queue", options.limits.queue_places, "requests that may wait for a slot; more are refused with 503")
      ->check(CLI::Range(std::int64_t{0}, kMostRequests))
      ->capture_default_str();
  AddDuration(app, "--service-time", options.service_time, "mean time that a request holds its slot");
  app.add_option_function<std::string>(
         "--jitter", [&options](const std::string& name) { options.jitter = JitterNames().at(name); },
         "distribution of the service time")
      ->check(CLI::IsMember(JitterNames()))
      ->default_str("lognormal");
  app.add_option("--seed", options.seed, "seed of the service times")->default_str("random");
  AddDuration(app, "--cpu-per-request", options.cpu_per_request, "CPU time used for each request");
  AddDuration(app, "--startup-delay", options.startup_delay, "time until ready, as for loading a model");
  AddDuration(app, "--drain-delay", options.drain_delay,
              "after SIGTERM, go on accepting for this long while the endpoint is taken out of the Service");
  AddDuration(app, "--drain-timeout", options.drain_timeout, "after SIGTERM, exit at the latest after this");
  AddEnvironment(app, "DEMO_WORKLOAD");
}

void Check(const Options& options) {
  if (options.service_time == nanoseconds::zero()) {
    throw UserError("--service-time: 0s leaves nothing to model; use at least 1ms");
  }
  if (options.cpu_per_request * options.limits.slots > options.service_time) {
    throw UserError(fmt::format(
        "--cpu-per-request: {} in {} slots needs more than the one core that this program uses; use at most {}",
        FormatDuration(options.cpu_per_request), options.limits.slots,
        FormatDuration(options.service_time / options.limits.slots)));
  }
  if (options.drain_delay > options.drain_timeout) {
    throw UserError(fmt::format("--drain-delay: {} is longer than the --drain-timeout of {}; make it shorter",
                                FormatDuration(options.drain_delay), FormatDuration(options.drain_timeout)));
  }
}

asio::awaitable<void> AwaitSignal(asio::signal_set& signals) { co_await signals.async_wait(asio::use_awaitable); }

// The life after SIGTERM: not ready, but still accepting; then no longer accepting; then gone. A second signal cuts it
// short. The result is what the program exits with.
asio::awaitable<void> DrainOnSignal(asio::io_context& io, asio::signal_set& signals, const Options& options,
                                    ReplicaServer& replica, HttpServer& server, int& exit_code) {
  co_await AwaitSignal(signals);
  replica.BeginDrain();
  fmt::print(stderr, "signal: draining, {} requests in flight\n", replica.in_flight());
  asio::co_spawn(
      io,
      [&io, &signals]() -> asio::awaitable<void> {
        co_await AwaitSignal(signals);
        fmt::print(stderr, "second signal: leaving at once\n");
        io.stop();
      },
      asio::detached);

  exit_code = kExitFailure;
  asio::steady_timer endpoints_removed(io, options.drain_delay);
  co_await endpoints_removed.async_wait(asio::use_awaitable);
  if (co_await server.Drain(options.drain_timeout - options.drain_delay)) {
    exit_code = 0;
    fmt::print(stderr, "drained\n");
  } else {
    fmt::print(stderr, "--drain-timeout of {} is over: {} requests are cut off\n",
               FormatDuration(options.drain_timeout), replica.in_flight());
  }
  io.stop();
}

int Run(const Options& options) {
  Check(options);
  asio::io_context io(1);
  const auto ready_at = ReplicaModel::TimePoint::clock::now() + options.startup_delay;
  ReplicaServer replica(io, ReplicaModel(options.limits, ready_at),
                        ServiceTime(options.service_time, options.jitter, options.seed), options.cpu_per_request);
  HttpServer server(io, options.address, options.port,
                    [&replica](const HttpRequest& request) { return replica.Handle(request); });
  int exit_code = 0;
  asio::signal_set signals(io, SIGTERM, SIGINT);
  asio::co_spawn(io, DrainOnSignal(io, signals, options, replica, server, exit_code), asio::detached);
  fmt::print(stderr, "listening on {}:{}: {} slots, queue of {}, service time {}, ready in {}\n", options.address,
             server.port(), options.limits.slots, options.limits.queue_places, FormatDuration(options.service_time),
             FormatDuration(options.startup_delay));
  io.run();
  return exit_code;
}

}  // namespace
}  // namespace workload

int main(int argc, char** argv) {
  CLI::App app("An HTTP server that behaves like one replica of an LLM service", "demo-workload");
  workload::Options options;
  workload::AddFlags(app, options);
  return workload::RunProgram(app, argc, argv, [&options] { return workload::Run(options); });
}
