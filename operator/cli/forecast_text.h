// A forecast for people: as a table, or as a picture. Pure, thread-safe.
#pragma once

#include <optional>
#include <string>

#include "cli/forecast_plot.h"
#include "cli/view.h"

namespace deepseek::forecast::v1 {
class ExplainResponse;
class GetForecastResponse;
}  // namespace deepseek::forecast::v1

namespace dso::cli {

std::string ForecastTable(const deepseek::forecast::v1::GetForecastResponse& forecast, const View& view);

// `decision` gives the demand of now and what the floor carries; nullptr where it is not known.
std::string ForecastPicture(const deepseek::forecast::v1::GetForecastResponse& forecast,
                            const deepseek::forecast::v1::ExplainResponse* decision, const View& view);

}  // namespace dso::cli
