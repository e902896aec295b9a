#include "cli/csv.h"

#include <fmt/format.h>

#include <iterator>

namespace dso::cli {

std::string ExactTime(WallTime time) {
  std::string text = FormatTime(time);
  const auto fraction = (time - std::chrono::floor<seconds>(time)).count();
  if (fraction != 0) text.replace(text.size() - 1, 1, fmt::format(".{:03}Z", fraction));
  return text;
}

std::string FloorCsv(const std::vector<sim::FloorChange>& floor) {
  std::string csv = "timestamp,replicas\n";
  for (const sim::FloorChange& change : floor) {
    fmt::format_to(std::back_inserter(csv), "{},{}\n", ExactTime(change.at), change.replicas);
  }
  return csv;
}

std::string ForecastCsv(const std::vector<sim::IssuedForecast>& forecasts) {
  std::string csv = "issued,target,expected,quantile\n";
  for (const sim::IssuedForecast& forecast : forecasts) {
    fmt::format_to(std::back_inserter(csv), "{},{},{},{}\n", ExactTime(forecast.issued), ExactTime(forecast.target),
                   forecast.expected, forecast.quantile);
  }
  return csv;
}

}  // namespace dso::cli
