#include "cli/forecast_text.h"

#include <deepseek/forecast/v1/forecast.pb.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "cli/proto_text.h"
#include "cli/text_table.h"

namespace dso::cli {
namespace {

using deepseek::forecast::v1::ExplainResponse;
using deepseek::forecast::v1::ForecastPoint;
using deepseek::forecast::v1::GetForecastResponse;

double HighestOf(const ForecastPoint& point) {
  double highest = point.expected();
  for (const double value : point.values()) highest = std::max(highest, value);
  return std::isfinite(highest) ? highest : -1;  // what is no number is no peak
}

const ForecastPoint* PeakOf(const GetForecastResponse& forecast) {
  const auto lower = [](const ForecastPoint& a, const ForecastPoint& b) { return HighestOf(a) < HighestOf(b); };
  const auto peak = std::max_element(forecast.path().begin(), forecast.path().end(), lower);
  return peak == forecast.path().end() ? nullptr : &*peak;
}

std::string PeakText(const GetForecastResponse& forecast, const View& view) {
  const ForecastPoint* const peak = PeakOf(forecast);
  if (peak == nullptr) return "";
  const WallTime at = TimeOf(peak->at());
  const WallTime end = TimeOf(forecast.path(forecast.path_size() - 1).at());
  std::string text = fmt::format("peak of the next {}: {} expected",
                                 FormatDuration(std::chrono::round<seconds>(end - TimeOf(forecast.issued_at()))),
                                 QuantityText(peak->expected()));
  for (int i = 0; i < std::min(peak->values_size(), forecast.quantiles_size()); ++i) {
    text += fmt::format(", {} {}", QuantileText(forecast.quantiles(i)), QuantityText(peak->values(i)));
  }
  return text + fmt::format(", at {} ({})", TimeText(view, at), AgeText(view, at));
}

std::string Heading(const GetForecastResponse& forecast, const View& view) {
  const std::string name = fmt::format("{}/{}", Printable(forecast.namespace_()), Printable(forecast.service()));
  std::string text = Paint(view, Style::kBold, name);
  text += fmt::format("   {}, by {}\n", Printable(forecast.unit()), Printable(forecast.model()));
  std::string issued = fmt::format("issued {}", TimeText(view, TimeOf(forecast.issued_at())));
  if (forecast.has_newest_sample_at()) {
    const milliseconds age = TimeOf(forecast.issued_at()) - TimeOf(forecast.newest_sample_at());
    issued += fmt::format(" from samples up to {} before", FormatDuration(std::chrono::round<seconds>(age)));
  }
  if (forecast.has_lead())
    issued += fmt::format("; the decision looks {} ahead", FormatDuration(DurationOf(forecast.lead())));
  text += fmt::format("  {}\n", Hang(issued, view.columns, 2));
  if (const std::string peak = PeakText(forecast, view); !peak.empty())
    text += fmt::format("  {}\n", Hang(peak, view.columns, 2));
  if (const std::string accuracy = AccuracyText(forecast.accuracy()); !accuracy.empty()) {
    text += fmt::format("  {}\n", Hang("forecasts that far ahead, until now: " + accuracy, view.columns, 2));
  }
  return text + "\n";
}

// As many points as there are, all in one zone or each with its own.
std::string PointTime(const View& view, WallTime at, bool with_day, bool with_seconds, bool with_zone) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const LocalMoment moment = view.local(at);
  std::string text = with_day ? fmt::format("{} {:02} ", kDays[static_cast<size_t>(moment.weekday)], moment.day) : "";
  text += fmt::format("{:02}:{:02}", moment.hour, moment.minute);
  if (with_seconds) text += fmt::format(":{:02}", moment.second);
  return with_zone ? text + " " + moment.zone : text;
}

std::vector<ForecastPlot::Point> PointsOf(const GetForecastResponse& forecast) {
  std::vector<ForecastPlot::Point> points;
  for (const ForecastPoint& point : forecast.path()) {
    ForecastPlot::Point& drawn = points.emplace_back();
    drawn = {.at = TimeOf(point.at()), .expected = point.expected(), .low = point.expected(), .high = point.expected()};
    for (const double value : point.values()) {
      drawn.low = std::min(drawn.low, value);
      drawn.high = std::max(drawn.high, value);
    }
  }
  return points;
}

std::string BandText(const GetForecastResponse& forecast) {
  if (forecast.quantiles().empty()) return "";
  const double least = *std::min_element(forecast.quantiles().begin(), forecast.quantiles().end());
  const double most = *std::max_element(forecast.quantiles().begin(), forecast.quantiles().end());
  return fmt::format("{} to {}", least < 0.5 ? QuantileText(least) : "expected",
                     most > 0.5 ? QuantileText(most) : "expected");
}

}  // namespace

std::string ForecastTable(const GetForecastResponse& forecast, const View& view) {
  if (forecast.path().empty()) return Heading(forecast, view) + "The forecast has no points.\n";
  const WallTime first = TimeOf(forecast.path(0).at());
  const WallTime last = TimeOf(forecast.path(forecast.path_size() - 1).at());
  const LocalMoment begin = view.local(first);
  const LocalMoment end = view.local(last);
  const LocalMoment now = view.local(view.now);
  const bool one_zone = begin.zone == end.zone;
  const bool one_day = begin.day == end.day && begin.day == now.day && last - first < std::chrono::days(2);
  const bool with_seconds = (last - first) / std::max(forecast.path_size() - 1, 1) < std::chrono::minutes(1);

  std::vector<TextTable::Column> columns = {{one_zone ? fmt::format("TIME ({})", begin.zone) : "TIME"},
                                            {"FROM NOW", TextTable::Align::kRight},
                                            {"EXPECTED", TextTable::Align::kRight}};
  for (const double quantile : forecast.quantiles())
    columns.push_back({QuantileText(quantile), TextTable::Align::kRight});
  TextTable table(std::move(columns));
  const ForecastPoint* const peak = PeakOf(forecast);
  for (const ForecastPoint& point : forecast.path()) {
    const WallTime at = TimeOf(point.at());
    const Style style = &point == peak ? Style::kBold : Style::kPlain;
    std::vector<TextTable::Cell> row = {
        {PointTime(view, at, !one_day, with_seconds, !one_zone), style},
        {FormatDuration(std::chrono::round<seconds>(at - TimeOf(forecast.issued_at()))), style},
        {QuantityText(point.expected()), style}};
    for (const double value : point.values()) row.push_back({QuantityText(value), style});
    table.Add(std::move(row));
  }
  return Heading(forecast, view) + table.Text(view);
}

std::string ForecastPicture(const GetForecastResponse& forecast, const ExplainResponse* decision, const View& view) {
  ForecastPlot plot{.from = TimeOf(forecast.issued_at()),
                    .points = PointsOf(forecast),
                    .unit = Printable(forecast.unit()),
                    .band = BandText(forecast),
                    .lead = {},
                    .capacity = {},
                    .demand = {}};
  if (forecast.has_lead()) plot.lead = DurationOf(forecast.lead());
  if (decision != nullptr && decision->demand().has_value()) plot.demand = decision->demand().value();
  if (decision != nullptr && decision->has_decision() && decision->capacity().has_per_replica()) {
    const int floor = decision->decision().floor();
    const double carried = floor * decision->capacity().per_replica();
    plot.capacity = ForecastPlot::Level{
        .value = carried, .label = fmt::format("{} replicas (the floor) carry {}", floor, QuantityText(carried))};
  }
  return Heading(forecast, view) + PlotText(plot, view);
}

}  // namespace dso::cli
