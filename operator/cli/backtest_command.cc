#include "cli/backtest_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/decimal.h"
#include "capacity/formula.h"
#include "cli/csv.h"
#include "cli/files.h"
#include "cli/progress_line.h"
#include "cli/prometheus_trace.h"
#include "cli/result_json.h"
#include "cli/summary.h"
#include "sim/policy.h"
#include "sim/report.h"

namespace dso::cli {
namespace {

// Where no capacity is given, the peak of the history is what so many full replicas serve.
constexpr double kReplicasAtPeak = 40;

void Print(std::string_view message) { fmt::print(stderr, "deepseek-operator backtest: {}\n", message); }

int Fail(const Error& error, int exit_code) {
  Print(error.message);
  return exit_code;
}

Result<sim::Trace> ReadTrace(const BacktestRequest& request) {
  if (request.prometheus) {
    ProgressLine line;
    return ReadPrometheus(*request.prometheus, [&line](double share) { line.Show("reading the history", share); });
  }
  auto csv = ReadWholeFile(request.trace);
  if (!csv) return std::move(csv).error();
  return sim::ParseTrace(request.trace == "-" ? "standard input" : request.trace, *csv);
}

// What depends on the history: the capacity where none was given, and whether the rest makes sense with it.
Status FitOptions(const sim::Trace& trace, sim::BacktestOptions& options) {
  const milliseconds span = trace.samples.back().at - trace.samples.front().at;
  if (options.warmup >= span) {
    return InvalidArgument(
        fmt::format("--warmup is {} (7d by default) and {} is {} long, so nothing is left to judge; "
                    "give a shorter --warmup, such as {}",
                    FormatDuration(options.warmup), trace.name, FormatDuration(span), FormatDuration(span / 2)));
  }
  const auto by_value = [](const forecast::Sample& a, const forecast::Sample& b) { return a.value < b.value; };
  const double peak = std::max_element(trace.samples.begin(), trace.samples.end(), by_value)->value;
  if (options.capacity_per_replica == 0) {
    if (peak <= 0) return InvalidArgument("all demand of the history is 0; give --capacity-per-replica");
    options.capacity_per_replica = peak / kReplicasAtPeak;
    Print(fmt::format("no --capacity-per-replica: taking {}, a {}th of the peak",
                      FormatDecimal(options.capacity_per_replica), kReplicasAtPeak));
  }
  const int needed = capacity::ReplicasFor(peak, options.capacity_per_replica);
  if (needed > options.max_replicas) {
    Print(fmt::format("the peak needs {} replicas at 100 % CPU, above --max {}: what is beyond is lost in any case",
                      needed, options.max_replicas));
  }
  return {};
}

Status WriteFiles(const BacktestRequest& request, const sim::BacktestRun& run) {
  const auto write = [](const std::string& path, const auto& content) -> Status {
    if (path.empty()) return {};
    return WriteWholeFile(path, content());
  };
  if (Status s = write(request.floor_out, [&] { return FloorCsv(run.floor); }); !s) return s;
  if (Status s = write(request.forecast_out, [&] { return ForecastCsv(run.forecasts); }); !s) return s;
  if (Status s = write(request.json_out, [&] { return ResultJson(run.result); }); !s) return s;
  return write(request.report_out, [&] { return sim::HtmlReport(run.result); });
}

}  // namespace

int RunBacktest(const BacktestFlags& flags) {
  auto request = Interpret(flags);
  if (!request) return Fail(request.error(), kUsageError);
  auto trace = ReadTrace(*request);
  if (!trace) return Fail(trace.error(), kRuntimeError);
  if (Status fitted = FitOptions(*trace, request->options); !fitted) return Fail(fitted.error(), kUsageError);

  auto run = [&] {
    ProgressLine line;
    auto replayed = sim::Backtest(*trace, request->options, [&line](double share) { line.Show("replaying", share); });
    const bool wants_frontier = !request->json_out.empty() || !request->report_out.empty();
    if (replayed && wants_frontier) {
      const auto show = [&line](double share) { line.Show("comparing policies", share); };
      sim::AddFrontier(*trace, replayed->result, show);
    }
    return replayed;
  }();
  if (!run) return Fail(run.error(), kUsageError);
  if (Status written = WriteFiles(*request, *run); !written) return Fail(written.error(), kRuntimeError);
  fmt::print("{}", Summary(run->result));
  return 0;
}

}  // namespace dso::cli
