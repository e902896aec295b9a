// demo-load: open-loop load that follows a schedule, or the metrics of such a load without sending it. See
// ../README.md.

#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>

#include "common/duration.h"
#include "common/flags.h"
#include "common/http_server.h"
#include "common/metrics_page.h"
#include "common/user_error.h"
#include "load/load_generator.h"
#include "load/playback.h"
#include "load/schedule.h"
#include "load/schedule_csv.h"
#include "load/schedule_exporter.h"
#include "load/target.h"

namespace workload {
namespace {

namespace asio = boost::asio;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;
using Clock = Playback::TimePoint::clock;

constexpr std::chrono::seconds kReportInterval{5};
constexpr std::uint16_t kNoMetrics = 0;

struct Options {
  std::string schedule_file;
  bool loop = false;
  double speed = 1;
  double scale = 1;
  double start_at = 0;      // seconds since 1970; 0: now
  nanoseconds duration{0};  // 0: as long as the schedule
  std::string address = "0.0.0.0";
  std::uint16_t metrics_port = kNoMetrics;

  std::vector<std::string> urls;
  nanoseconds timeout = 10s;
  std::uint64_t max_in_flight = 5000;
  std::uint64_t seed = std::random_device()();
  std::string json_file;

  bool exporter_only = false;
  ExportedServices services{.metric = "deepseek_api_requests", .name_space = "default", .service = "svc", .count = 1};
};

void AddFlags(CLI::App& app, Options& options) {
  app.set_version_flag("--version", std::string("demo-load ") + WORKLOAD_VERSION);
  app.add_option("--schedule", options.schedule_file, "CSV file of timestamp,requests/s rows; required");
  app.add_flag("--loop", options.loop, "start the schedule again when it is over");
  app.add_option("--speed", options.speed, "play the schedule this many times as fast, at the same rates")
      ->check(CLI::Range(0.001, 100000.0))
      ->capture_default_str();
  app.add_option("--scale", options.scale, "multiply the rates by this")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
  app.add_option("--start-at", options.start_at, "seconds since 1970 of the schedule's first row; default now")
      ->check(CLI::NonNegativeNumber);
  AddDuration(app, "--duration", options.duration, "end after this; default when the schedule ends")->default_str("");
  app.add_option("--address", options.address, "IP address for --metrics-port")->capture_default_str();
  app.add_option("--metrics-port", options.metrics_port, "serve /metrics on this port");

  app.add_option("--url", options.urls, "http://host:port/path to send to; several are taken in turn")
      ->group("Sending");
  AddDuration(app, "--timeout", options.timeout, "of one request")->group("Sending");
  app.add_option("--max-in-flight", options.max_in_flight, "drop what is due while so many requests are in flight")
      ->check(CLI::Range(1, 20000))
      ->capture_default_str()
      ->group("Sending");
  app.add_option("--seed", options.seed, "seed of the arrivals")->default_str("random")->group("Sending");
  app.add_option("--json", options.json_file, "write a summary to this file at the end")->group("Sending");

  const std::string exporting = "Exporting without sending";
  app.add_flag("--exporter-only", options.exporter_only, "send nothing; serve the counters of the schedule")
      ->group(exporting);
  app.add_option("--metric", options.services.metric, "name of the counter without _total")
      ->capture_default_str()
      ->group(exporting);
  app.add_option("--namespace", options.services.name_space, "label of the series")
      ->capture_default_str()
      ->group(exporting);
  app.add_option("--service", options.services.service, "label of the series; with several, the start of their names")
      ->capture_default_str()
      ->group(exporting);
  app.add_option("--services", options.services.count, "number of services, each with a scale and a phase of its own")
      ->check(CLI::Range(1, 20000))
      ->capture_default_str()
      ->group(exporting);
  AddEnvironment(app, "DEMO_LOAD");
}

void Check(const Options& options) {
  if (options.schedule_file.empty())
    throw UserError("--schedule is missing: name a CSV file of timestamp,requests/s rows");
  if (options.exporter_only) {
    if (!options.urls.empty()) throw UserError("--url: nothing is sent with --exporter-only; leave out one of them");
    if (options.metrics_port == kNoMetrics)
      throw UserError("--metrics-port is missing: --exporter-only serves nothing else");
    if (options.services.metric.ends_with("_total")) {
      throw UserError(
          fmt::format("--metric: {} ends in _total, which is added by itself; leave it out", options.services.metric));
    }
    return;
  }
  if (options.urls.empty()) throw UserError("--url is missing: name where to send to, or use --exporter-only");
  if (options.loop && options.duration == nanoseconds::zero()) {
    throw UserError("--duration is missing: load that loops has no end of its own");
  }
  if (options.timeout == nanoseconds::zero())
    throw UserError("--timeout: 0s lets no request succeed; use at least 1ms");
}

Playback MakePlayback(const Options& options, const Schedule& schedule) {
  const auto now = Clock::now();
  auto start = now;
  if (options.start_at > 0) {
    const auto since_start = std::chrono::system_clock::now().time_since_epoch() - Seconds(options.start_at);
    start -= std::chrono::round<Clock::duration>(since_start);
  }
  const auto duration = options.duration > nanoseconds::zero() ? std::optional(options.duration) : std::nullopt;
  const Playback playback(schedule, start, now, duration);
  if (playback.end() <= now) {
    throw UserError(fmt::format("--start-at: the schedule of {} ended before now; use a later start, or --loop",
                                FormatDuration(std::chrono::round<nanoseconds>(schedule.length()))));
  }
  return playback;
}

// Hundreds of requests in flight are as many open files, and the usual limit is 1,024.
void AllowOpenFiles(std::uint64_t requests) {
  constexpr rlim_t kOthers = 64;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, std::max<rlim_t>(limit.rlim_cur, requests + kOthers));
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < requests + kOthers) {
    throw UserError(
        fmt::format("--max-in-flight: {} needs more open files than the {} allowed; raise ulimit -n or lower it",
                    requests, limit.rlim_cur));
  }
}

using CollectMetrics = std::function<std::vector<prometheus::MetricFamily>()>;

std::unique_ptr<HttpServer> ServeMetrics(asio::io_context& io, const Options& options, CollectMetrics collect) {
  if (options.metrics_port == kNoMetrics) return nullptr;
  auto handler = [collect = std::move(collect)](const HttpRequest& request) -> asio::awaitable<HttpReply> {
    if (request.path == "/metrics") co_return MetricsPage(collect());
    co_return HttpReply{404, "text/plain", "there is /metrics\n"};
  };
  return std::make_unique<HttpServer>(io, options.address, options.metrics_port, std::move(handler));
}

int RunExporter(const Options& options, const Playback& playback) {
  asio::io_context io(1);
  const auto server =
      ServeMetrics(io, options, [&] { return ExportSchedule(playback, options.services, Clock::now()); });
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
  asio::steady_timer end(io, playback.end());
  end.async_wait([&io](const boost::system::error_code&) { io.stop(); });
  fmt::print(stderr, "serving {} services on {}:{}/metrics\n", options.services.count, options.address, server->port());
  io.run();
  return 0;
}

asio::awaitable<void> PrintIntervals(asio::io_context& io, LoadGenerator& generator, const Playback& playback) {
  const Schedule& schedule = playback.schedule();
  const double due_before = schedule.RequestsUntil(playback.PositionAt(playback.begin()));
  asio::steady_timer timer(io, playback.begin());
  for (;;) {
    timer.expires_at(timer.expiry() + kReportInterval);
    co_await timer.async_wait(asio::use_awaitable);
    const auto now = Clock::now();
    const double due = schedule.RequestsUntil(playback.PositionAt(now)) - due_before;
    fmt::print("{}\n", generator.report().TakeInterval(now - playback.begin(), due));
    std::fflush(stdout);
  }
}

asio::awaitable<void> RunToEnd(asio::io_context& io, LoadGenerator& generator) {
  co_await generator.Run();
  io.stop();
}

void WriteSummary(const Options& options, const LoadReport& report, Seconds elapsed) {
  const std::string summary = report.Json(elapsed);
  fmt::print("{}", summary);
  if (options.json_file.empty()) return;
  std::ofstream file(options.json_file);
  file << summary;
  file.close();
  if (!file) throw std::runtime_error(fmt::format("--json: cannot write \"{}\"", options.json_file));
}

int RunLoad(const Options& options, const Playback& playback) {
  AllowOpenFiles(options.max_in_flight);
  asio::io_context io(1);
  LoadGenerator::Settings settings{
      .targets = {}, .timeout = options.timeout, .max_in_flight = options.max_in_flight, .seed = options.seed};
  for (const std::string& url : options.urls) settings.targets.push_back(Resolve(io, ParseTarget(url)));
  LoadGenerator generator(io, std::move(settings), playback);
  const auto server = ServeMetrics(io, options, [&] {
    return generator.report().Metrics(playback.schedule().RateAt(playback.PositionAt(Clock::now())));
  });
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&generator](const boost::system::error_code&, int) { generator.Stop(); });
  asio::co_spawn(io, PrintIntervals(io, generator, playback), asio::detached);
  asio::co_spawn(io, RunToEnd(io, generator), asio::detached);
  io.run();
  WriteSummary(options, generator.report(), std::max(Seconds::zero(), Seconds(Clock::now() - playback.begin())));
  return 0;
}

int Run(const Options& options) {
  Check(options);
  const Schedule schedule(Rescale(ReadScheduleFile(options.schedule_file), options.speed, options.scale),
                          options.loop ? Schedule::Repeat::kLoop : Schedule::Repeat::kOnce);
  const Playback playback = MakePlayback(options, schedule);
  return options.exporter_only ? RunExporter(options, playback) : RunLoad(options, playback);
}

}  // namespace
}  // namespace workload

int main(int argc, char** argv) {
  CLI::App app("Open-loop HTTP load that follows a schedule of rates", "demo-load");
  workload::Options options;
  workload::AddFlags(app, options);
  return workload::RunProgram(app, argc, argv, [&options] { return workload::Run(options); });
}
