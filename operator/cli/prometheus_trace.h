// A history of demand straight from a Prometheus server.
#pragma once

#include "base/result.h"
#include "cli/backtest_flags.h"
#include "sim/trace.h"

namespace dso::cli {

// Asks in chunks and waits for the answer on the calling thread; to be called once in a process. The trace is named
// after the query.
Result<sim::Trace> ReadPrometheus(const PrometheusSource& source, const sim::Progress& progress);

}  // namespace dso::cli
