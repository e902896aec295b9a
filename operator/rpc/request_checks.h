// What a request must be like, and what it means. Pure, thread-safe.
#pragma once

#include <string>
#include <vector>

#include "deepseek/forecast/v1/forecast.pb.h"
#include "externalscaler/externalscaler.pb.h"
#include "rpc/board.h"
#include "rpc/forecast_path.h"
#include "rpc/status_details.h"
#include "sim/backtest.h"

namespace dso::rpc {

// What is wrong with a request: nothing if `violations` is empty.
template <typename T>
struct Checked {
  T value{};
  std::vector<FieldViolation> violations{};
};

struct ServiceName {
  std::string ns;
  std::string name;
};

Checked<ServiceName> CheckService(const std::string& ns, const std::string& name);
Checked<PathQuery> CheckPath(const deepseek::forecast::v1::GetForecastRequest& request);

struct ListQuery {
  std::string ns;  // "": all
  size_t page_size = 0;
  Board::Key after;
};
Checked<ListQuery> CheckList(const deepseek::forecast::v1::ListServicesRequest& request);
// The token of the page after one that ended with this service.
std::string PageToken(const Board::Key& last);

Checked<ServiceName> CheckWatch(const deepseek::forecast::v1::WatchDecisionsRequest& request);

// The service that a ScaledObject means: `service` of its trigger's metadata, in its own namespace. A namespace in the
// metadata has to be that one: whoever may write a ScaledObject here must not read what is elsewhere.
Checked<ServiceName> CheckScaledObject(const externalscaler::ScaledObjectRef& ref);

inline constexpr size_t kMostTraceSamples = 100'000;
struct Simulation {
  sim::Trace trace;
  sim::BacktestOptions options;
  bool frontier = false;
};
Checked<Simulation> CheckSimulation(const deepseek::forecast::v1::SimulateRequest& request);

}  // namespace dso::rpc
