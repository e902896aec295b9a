#include "cli/prometheus_trace.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "http/cpprest_transport.h"
#include "prom/client.h"
#include "runtime/event_loop.h"

namespace dso::cli {
namespace {

// Collects the points of all chunks.
class SampleSink final : public prom::RangeSink {
 public:
  SampleSink(prom::TimeRange range, const sim::Progress& progress) : range_(range), progress_(progress) {}

  void OnSeries(const prom::Labels&, std::span<const prom::Point> points) override {
    for (const prom::Point& point : points) samples_.push_back({point.at, point.value});
  }
  void OnChunkEnd(WallTime complete_until) override {
    if (!progress_) return;
    const auto done = (complete_until - range_.start).count();
    progress_(static_cast<double>(done) / static_cast<double>((range_.end - range_.start).count()));
  }

  std::vector<forecast::Sample> TakeSamples() { return std::move(samples_); }

 private:
  prom::TimeRange range_;
  const sim::Progress& progress_;
  std::vector<forecast::Sample> samples_;
};

using RangeAnswer = prom::Answer<prom::RangeSummary>;

Task<void> Ask(prom::Client& client, prom::RangeQuery query, SampleSink& sink, std::optional<RangeAnswer>& answer,
               runtime::EventLoop& loop) {
  std::stop_token never;
  RangeAnswer received = co_await client.QueryRange(std::move(query), sink, never);
  answer.emplace(std::move(received));
  loop.Stop();
}

}  // namespace

Result<sim::Trace> ReadPrometheus(const PrometheusSource& source, const sim::Progress& progress) {
  auto url = http::ParseUrl(source.url);
  if (!url) return std::move(url).error().WithContext("--prometheus");
  // Never destroyed: threads of the network library may post to it until the very end.
  static runtime::EventLoop& loop = *new runtime::EventLoop;
  auto transport = http::CpprestTransport::Create(loop, *url, {});
  if (!transport) return std::move(transport).error().WithContext("--prometheus");
  prom::ServerConfig server;
  server.name = "prometheus";
  server.url = source.url;
  prom::Client client(loop, **transport, server);

  const WallTime end = WallTime(loop.WallNow().time_since_epoch() / source.step * source.step);
  const prom::TimeRange range{end - source.range, end};
  SampleSink sink(range, progress);
  std::optional<RangeAnswer> answer;
  const prom::RangeQuery query{.expr = source.query, .range = range, .step = source.step, .max_series = 1};
  Spawn(Ask(client, query, sink, answer, loop));
  loop.Run();

  if (!answer->ok()) return answer->failure().error;
  for (const std::string& warning : (*answer)->notes.warnings) {
    fmt::print(stderr, "deepseek-operator backtest: warning of {}: {}\n", source.url, warning);
  }
  if ((*answer)->points == 0) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("--query \"{}\" has no samples in the last {} (--range); try it in Prometheus' own page",
                             source.query, FormatDuration(source.range))};
  }
  return sim::MakeTrace(source.query, sink.TakeSamples());
}

}  // namespace dso::cli
