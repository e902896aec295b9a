// Answers like a Prometheus server whose expressions a test has told the meaning of. It evaluates no PromQL, but it
// keeps the promises of the HTTP API that the client relies on; contract_test.cc holds it and the real server to the
// same ones.
#pragma once

#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/prom/api_json.h"
#include "tests/support/fake_transport.h"

namespace dso::prom {

class FakePrometheus {
 public:
  using Value = std::function<std::optional<double>(WallTime)>;  // nothing: no sample at that time
  struct FakeSeries {
    Labels labels;
    Value value;
  };

  static Value Constant(double value) {
    return [value](WallTime) { return value; };
  }

  // What `expr` means from now on, and how many raw samples each point of its answer costs the server.
  void Define(const std::string& expr, std::vector<FakeSeries> series, int64_t samples_per_point = 1) {
    expressions_[expr] = {.series = std::move(series), .samples_per_point = samples_per_point};
  }
  // Expressions that parse, but to something other than an instant vector.
  void DefineRangeVector(const std::string& expr) { range_vectors_.insert_or_assign(expr, true); }

  void set_warnings(std::vector<std::string> warnings) { warnings_ = std::move(warnings); }
  void set_max_samples(int64_t max_samples) { max_samples_ = max_samples; }  // -query.max-samples
  void set_chunk_bytes(size_t bytes) { chunk_bytes_ = bytes; }

  // The handler of a FakeTransport; *this must outlive it.
  http::FakeTransport::Handler Handler() {
    return [this](const http::Request& request) -> Result<http::FakeReply> { return Answer(request); };
  }

  // The fields of a form-encoded body.
  static std::map<std::string, std::string> ParseForm(std::string_view body) {
    std::map<std::string, std::string> form;
    while (!body.empty()) {
      const std::string_view pair = body.substr(0, body.find('&'));
      body.remove_prefix(std::min(body.size(), pair.size() + 1));
      const size_t equals = pair.find('=');
      form[Decode(pair.substr(0, equals))] = Decode(pair.substr(equals + 1));
    }
    return form;
  }
  static WallTime ParseTime(const std::string& text) { return WallTime(ParseMilliseconds(text)); }
  static milliseconds ParseMilliseconds(const std::string& text) {
    return milliseconds(std::llround(std::stod(text) * 1000.0));
  }

 private:
  struct Expression {
    std::vector<FakeSeries> series;
    int64_t samples_per_point = 1;
  };
  static constexpr int64_t kMaxResolution = 11'000;

  static std::string Decode(std::string_view text) {
    std::string decoded;
    for (size_t i = 0; i < text.size(); ++i) {
      int byte = 0;
      if (text[i] == '%' && std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ec == std::errc()) {
        decoded += static_cast<char>(byte);
        i += 2;
      } else {
        decoded += text[i] == '+' ? ' ' : text[i];
      }
    }
    return decoded;
  }

  static http::FakeReply Json(int status, std::string body) {
    return http::Respond(status, std::move(body), {{"Content-Type", "application/json"}});
  }

  http::FakeReply Answer(const http::Request& request) {
    const auto content_type = request.headers.find("Content-Type");
    const bool is_form =
        content_type != request.headers.end() && content_type->second == "application/x-www-form-urlencoded";
    std::map<std::string, std::string> form = ParseForm(is_form ? std::string_view(request.body) : "");
    const std::string& expr = form["query"];
    if (std::count(expr.begin(), expr.end(), '(') != std::count(expr.begin(), expr.end(), ')') || expr.empty()) {
      return Json(400,
                  ErrorJson("bad_data", "invalid parameter \"query\": 1:1: parse error: unclosed left parenthesis"));
    }
    http::FakeReply reply = request.target == "/api/v1/query"         ? Instant(expr, form)
                            : request.target == "/api/v1/query_range" ? Range(expr, form)
                                                                      : http::Respond(404, "404 page not found\n");
    if (chunk_bytes_ > 0) {
      const std::string body = std::move(reply.response.body);
      for (size_t at = 0; at < body.size(); at += chunk_bytes_) reply.chunks.push_back(body.substr(at, chunk_bytes_));
      reply.response.body.clear();
    }
    return reply;
  }

  http::FakeReply Instant(const std::string& expr, std::map<std::string, std::string>& form) {
    const WallTime at = ParseTime(form["time"]);
    if (range_vectors_.contains(expr)) return Json(200, SuccessJson("matrix", nlohmann::json::array()));
    if (expr.front() == '"') {
      const Point time_only{.at = at};
      nlohmann::json result = PointJson(time_only);
      result[1] = expr.substr(1, expr.size() - 2);
      return Json(200, SuccessJson("string", std::move(result)));
    }
    if (const std::optional<double> number = Literal(expr)) {
      return Json(200, SuccessJson("scalar", PointJson({.at = at, .value = *number})));
    }
    std::vector<Series> series;
    for (const FakeSeries& fake : SeriesOf(expr)) {
      if (const std::optional<double> value = fake.value(at)) {
        series.push_back({.labels = fake.labels, .points = {{.at = at, .value = *value}}});
      }
    }
    if (expr.starts_with("count(") && !expressions_.contains(expr)) {
      // count() of an expression that is defined.
      const http::FakeReply inner = Instant(expr.substr(6, expr.size() - 7), form);
      const size_t count = nlohmann::json::parse(inner.response.body)["data"]["result"].size();
      if (count > 0) series.push_back({.labels = {}, .points = {{.at = at, .value = static_cast<double>(count)}}});
    }
    return Json(200, VectorJson(series, warnings_));
  }

  http::FakeReply Range(const std::string& expr, std::map<std::string, std::string>& form) {
    const WallTime start = ParseTime(form["start"]);
    const WallTime end = ParseTime(form["end"]);
    const milliseconds step = ParseMilliseconds(form["step"]);
    if (end < start) return Json(400, ErrorJson("bad_data", "end timestamp must not be before start time"));
    if ((end - start) / step > kMaxResolution) {
      return Json(400,
                  ErrorJson("bad_data",
                            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query "
                            "resolution (?step=XX)"));
    }
    if (range_vectors_.contains(expr)) {
      return Json(400, ErrorJson("bad_data",
                                 "invalid expression type \"range vector\" for range query, must be Scalar or "
                                 "instant Vector"));
    }
    std::vector<Series> list;
    int64_t samples = 0;
    for (const FakeSeries& fake : SeriesOf(expr)) {
      Series series{.labels = fake.labels};
      for (WallTime at = start; at <= end; at += step) {
        if (const std::optional<double> value = fake.value(at)) series.points.push_back({.at = at, .value = *value});
      }
      samples += static_cast<int64_t>(series.points.size()) * SamplesPerPoint(expr);
      if (!series.points.empty()) list.push_back(std::move(series));
    }
    if (samples > max_samples_) {
      return Json(
          422, ErrorJson("execution", "query processing would load too many samples into memory in query execution"));
    }
    return Json(200, MatrixJson(list, warnings_));
  }

  static std::optional<double> Literal(const std::string& expr) {
    double value = 0;
    const auto [end, error] = std::from_chars(expr.data(), expr.data() + expr.size(), value);
    if (error != std::errc() || end != expr.data() + expr.size()) return std::nullopt;
    return value;
  }
  std::vector<FakeSeries> SeriesOf(const std::string& expr) const {
    const auto found = expressions_.find(expr);
    if (found != expressions_.end()) return found->second.series;
    return {};
  }
  int64_t SamplesPerPoint(const std::string& expr) const {
    const auto found = expressions_.find(expr);
    return found == expressions_.end() ? 1 : found->second.samples_per_point;
  }

  std::map<std::string, Expression> expressions_;
  std::map<std::string, bool> range_vectors_;
  std::vector<std::string> warnings_;
  int64_t max_samples_ = 50'000'000;
  size_t chunk_bytes_ = 0;
};

}  // namespace dso::prom
