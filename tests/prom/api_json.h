// Writes answers as Prometheus' HTTP API writes them, for tests.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "prom/answer.h"

namespace dso::prom {

inline WallTime AtSecond(int64_t seconds_since_epoch) { return WallTime(std::chrono::seconds(seconds_since_epoch)); }

inline std::string SampleText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

inline nlohmann::json PointJson(const Point& point) {
  const int64_t ms = point.at.time_since_epoch().count();
  nlohmann::json time = ms % 1000 == 0 ? nlohmann::json(ms / 1000) : nlohmann::json(static_cast<double>(ms) / 1000.0);
  return nlohmann::json::array({time, SampleText(point.value)});
}

inline std::string SuccessJson(std::string_view type, nlohmann::json result, std::vector<std::string> warnings = {}) {
  // Ordered: the real server writes resultType before result.
  nlohmann::ordered_json answer;
  answer["status"] = "success";
  answer["data"]["resultType"] = type;
  answer["data"]["result"] = std::move(result);
  if (!warnings.empty()) answer["warnings"] = warnings;
  return answer.dump();
}

inline std::string VectorJson(const std::vector<Series>& list, std::vector<std::string> warnings = {}) {
  nlohmann::json result = nlohmann::json::array();
  for (const Series& series : list) {
    result.push_back({{"metric", series.labels}, {"value", PointJson(series.points.front())}});
  }
  return SuccessJson("vector", std::move(result), std::move(warnings));
}

// Written as text: answers of half a million points are common here.
inline std::string MatrixJson(const std::vector<Series>& list, const std::vector<std::string>& warnings = {}) {
  std::string text = R"({"status":"success","data":{"resultType":"matrix","result":[)";
  for (const Series& series : list) {
    if (&series != &list.front()) text += ',';
    text += R"({"metric":)" + nlohmann::json(series.labels).dump() + R"(,"values":[)";
    for (const Point& point : series.points) {
      const int64_t ms = point.at.time_since_epoch().count();
      if (&point != &series.points.front()) text += ',';
      text += fmt::format("[{}.{:03},\"{}\"]", ms / 1000, ms % 1000, SampleText(point.value));
    }
    text += "]}";
  }
  text += "]}";
  if (!warnings.empty()) text += R"(,"warnings":)" + nlohmann::json(warnings).dump();
  return text + "}";
}

inline std::string ErrorJson(std::string_view type, std::string_view message) {
  return nlohmann::json{{"status", "error"}, {"errorType", type}, {"error", message}}.dump();
}

inline Labels Of(std::string_view namespace_name, std::string_view service) {
  return {{"namespace", std::string(namespace_name)}, {"service", std::string(service)}};
}

}  // namespace dso::prom
