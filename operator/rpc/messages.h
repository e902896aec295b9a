// What is known of a service, as messages. Pure, thread-safe.
#pragma once

#include "deepseek/forecast/v1/forecast.pb.h"
#include "rpc/board.h"
#include "rpc/forecast_path.h"
#include "sim/backtest.h"

namespace dso::rpc {

void Fill(const ForecastPath& path, deepseek::forecast::v1::GetForecastResponse& message);
void Fill(const ServiceView& view, deepseek::forecast::v1::ExplainResponse& message);
void Fill(const ServiceView& view, deepseek::forecast::v1::ServiceSummary& message);
void Fill(const sim::BacktestResult& result, deepseek::forecast::v1::SimulationResult& message);

// The floor as it stands.
void FillCurrent(const ServiceView& view, deepseek::forecast::v1::DecisionEvent& message);

}  // namespace dso::rpc
