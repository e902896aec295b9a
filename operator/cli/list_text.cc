#include "cli/list_text.h"

#include <deepseek/forecast/v1/forecast.pb.h>
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "cli/text_table.h"

namespace dso::cli {
namespace {

using deepseek::forecast::v1::ServiceSummary;

Style StyleOfReady(const std::string& ready) {
  if (ready == "True") return Style::kGreen;
  return ready == "False" ? Style::kRed : Style::kYellow;
}

}  // namespace

std::string ServiceTable(const deepseek::forecast::v1::ListServicesResponse& list, bool with_namespace, bool wide,
                         const View& view) {
  using enum TextTable::Align;
  std::vector<TextTable::Column> columns;
  if (with_namespace) columns.push_back({"NAMESPACE"});
  for (TextTable::Column column : std::vector<TextTable::Column>{{"NAME"},
                                                                 {"MODE"},
                                                                 {"READY"},
                                                                 {"REPLICAS", kRight},
                                                                 {"FLOOR", kRight},
                                                                 {"DEMAND", kRight},
                                                                 {"FORECAST", kRight}}) {
    columns.push_back(std::move(column));
  }
  if (wide) columns.insert(columns.end(), {{"UNIT"}, {"REASON"}});
  TextTable table(std::move(columns));
  for (const ServiceSummary& service : list.services()) {
    std::vector<TextTable::Cell> row;
    if (with_namespace) row.push_back({Printable(service.namespace_())});
    row.push_back({Printable(service.service())});
    row.push_back({Printable(service.mode())});
    row.push_back({Printable(service.ready()), StyleOfReady(service.ready())});
    row.push_back({fmt::format("{}/{}", service.ready_replicas(), service.replicas()),
                   service.ready_replicas() < service.replicas() ? Style::kYellow : Style::kPlain});
    row.push_back({service.has_floor() ? fmt::format("{}", service.floor()) : "–"});
    row.push_back({service.has_demand() ? QuantityText(service.demand()) : "–"});
    row.push_back({service.has_forecast() ? QuantityText(service.forecast()) : "–"});
    if (wide) {
      row.push_back({Printable(service.unit())});
      row.push_back({Printable(service.reason())});
    }
    table.Add(std::move(row));
  }
  return table.Text(view);
}

}  // namespace dso::cli
