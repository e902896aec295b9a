// What the client relies on in a Prometheus server, as test cases that run against the fake (fake_prometheus_test.cc)
// and against the real one (real_prometheus_test.cc). A subject offers:
//
//   static bool IsAvailable();
//   Loop& loop();
//   http::HttpTransport& transport();
//   template <typename T> T Run(Task<T> task);
//   WallTime start();    a day of history begins here, on a full minute
//
// and holds, one sample a minute from start() for a day:
//
//   contract_minute{namespace="prod",service="chat"}    the minutes since start(): 0, 1, 2, …
//   contract_minute{namespace="prod",service="search"}  the same plus 100,000
//   contract_nan                                        NaN
//   contract_inf                                        +Inf
//   contract_up{namespace="prod",service="chat"}        1 of two instances, 0 of a third
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "prom/client.h"
#include "prom/single_value.h"
#include "tests/prom/api_json.h"

namespace dso::prom {

class CollectingSink final : public RangeSink {
 public:
  void OnSeries(const Labels& labels, std::span<const Point> points) override {
    std::vector<Point>& all = series[labels.contains("service") ? labels.at("service") : ""];
    all.insert(all.end(), points.begin(), points.end());
  }
  std::map<std::string, std::vector<Point>> series;
};

template <typename Subject>
class PrometheusContract : public testing::Test {
 protected:
  void SetUp() override {
    if (!Subject::IsAvailable()) GTEST_SKIP() << "this server is not installed here";
    subject_.emplace();
    client_.emplace(subject_->loop(), subject_->transport(), Config());
  }

  Answer<InstantAnswer> Query(std::string expr, milliseconds after_start = std::chrono::hours(2)) {
    return subject_->Run(client_->Query(std::move(expr), subject_->start() + after_start, {}));
  }
  Reason ReasonOf(std::string expr) { return Query(std::move(expr)).reason(); }
  Reason ValueReasonOf(std::string expr) {
    const Answer<InstantAnswer> answer = Query(std::move(expr));
    if (!answer.ok()) return answer.reason();
    return SingleValue(*answer, subject_->start() + std::chrono::hours(2), seconds(150)).reason();
  }
  Answer<RangeSummary> QueryRange(std::string expr, TimeRange range, milliseconds step) {
    return subject_->Run(client_->QueryRange({.expr = std::move(expr), .range = range, .step = step}, sink_, {}));
  }
  Result<http::Response> Post(std::string target, std::string form) {
    http::Request request;
    request.method = "POST";
    request.target = std::move(target);
    request.headers["Content-Type"] = "application/x-www-form-urlencoded";
    request.body = std::move(form);
    return subject_->Run(subject_->transport().Send(std::move(request), {}));
  }
  static ServerConfig Config() {
    ServerConfig config;
    config.name = "subject";
    config.url = "http://localhost";
    return config;
  }

  std::optional<Subject> subject_;
  std::optional<Client> client_;
  CollectingSink sink_;
};

TYPED_TEST_SUITE_P(PrometheusContract);

TYPED_TEST_P(PrometheusContract, AnInstantAnswerHasTheTimeOfTheEvaluation) {
  const Answer<InstantAnswer> answer = this->Query("contract_minute", std::chrono::hours(2) + milliseconds(30'125));
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  ASSERT_EQ(answer->series.size(), 2U);
  for (const Series& series : answer->series) {
    EXPECT_EQ(series.labels.at("namespace"), "prod");
    EXPECT_EQ(series.points.at(0).at, this->subject_->start() + std::chrono::hours(2) + milliseconds(30'125));
    EXPECT_EQ(series.points.at(0).value, series.labels.at("service") == "chat" ? 120 : 100'120);
  }
}

TYPED_TEST_P(PrometheusContract, ValuesAreToldApart) {
  EXPECT_EQ(this->ValueReasonOf("count(contract_minute)"), Reason::kNone);
  EXPECT_EQ(this->ValueReasonOf("contract_minute"), Reason::kSeveralSeries);
  EXPECT_EQ(this->ValueReasonOf("no_such_metric"), Reason::kNoSeries);
  EXPECT_EQ(this->ValueReasonOf("contract_nan"), Reason::kNotANumber);
  EXPECT_EQ(this->ValueReasonOf("contract_inf"), Reason::kNotANumber);
}

TYPED_TEST_P(PrometheusContract, ValuesAreCountedByState) {
  const Answer<InstantAnswer> answer = this->Query(R"(count_values by (namespace, service) ("up", contract_up))");
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  std::map<Labels, double> counts;
  for (const Series& series : answer->series) counts[series.labels] = series.points.at(0).value;
  Labels up = Of("prod", "chat");
  up["up"] = "1";
  Labels down = Of("prod", "chat");
  down["up"] = "0";
  EXPECT_EQ(counts, (std::map<Labels, double>{{up, 2}, {down, 1}}));
}

TYPED_TEST_P(PrometheusContract, AScalarIsOneValueAndOtherTypesAreRefused) {
  const Answer<InstantAnswer> scalar = this->Query("42");
  ASSERT_TRUE(scalar.ok());
  EXPECT_EQ(scalar->series.at(0).points.at(0).value, 42);
  EXPECT_EQ(this->ReasonOf("\"text\""), Reason::kWrongType);
  EXPECT_EQ(this->ReasonOf("contract_minute[5m]"), Reason::kWrongType);
}

TYPED_TEST_P(PrometheusContract, ABadQueryIsExplained) {
  const Answer<InstantAnswer> answer = this->Query("sum(");
  EXPECT_EQ(answer.reason(), Reason::kBadQuery);
  EXPECT_THAT(answer.error().message,
              testing::AllOf(testing::HasSubstr("bad_data"), testing::HasSubstr("parse error")));
  EXPECT_EQ(
      this->QueryRange("contract_minute[5m]", {this->subject_->start(), this->subject_->start()}, seconds(60)).reason(),
      Reason::kBadQuery);
}

TYPED_TEST_P(PrometheusContract, ARangeIncludesBothEndsAndIsAlignedToItsStart) {
  const WallTime from = this->subject_->start() + std::chrono::hours(1);
  const Answer<RangeSummary> summary = this->QueryRange("contract_minute", {from, from + seconds(600)}, seconds(120));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  ASSERT_EQ(this->sink_.series.size(), 2U);
  const std::vector<Point>& points = this->sink_.series.at("chat");
  ASSERT_EQ(points.size(), 6U);
  for (size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].at, from + seconds(120) * static_cast<int64_t>(i));
    EXPECT_EQ(points[i].value, 60 + 2 * static_cast<double>(i));
  }
}

TYPED_TEST_P(PrometheusContract, MorePointsThanOneAnswerMayHoldComeInChunks) {
  const WallTime from = this->subject_->start() + std::chrono::hours(1);
  const int64_t points = 25'000;
  const Answer<RangeSummary> summary =
      this->QueryRange("contract_minute", {from, from + seconds(points - 1)}, seconds(1));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->chunks, 3);
  for (const std::string service : {"chat", "search"}) {
    const std::vector<Point>& all = this->sink_.series.at(service);
    ASSERT_EQ(all.size(), static_cast<size_t>(points));
    for (size_t i = 1; i < all.size(); ++i) ASSERT_EQ(all[i].at - all[i - 1].at, seconds(1));
  }
}

// The reason for chunks: one point more than kMaxPointsPerSeries by the server's own count (it forgives one) is
// refused.
TYPED_TEST_P(PrometheusContract, ItRefusesMoreThanTheMaximumResolution) {
  const int64_t start = this->subject_->start().time_since_epoch() / seconds(1);
  const auto form = [&](int64_t points) {
    return "query=contract_minute&step=1&start=" + std::to_string(start) + "&end=" + std::to_string(start + points - 1);
  };
  const Result<http::Response> allowed = this->Post("/api/v1/query_range", form(kMaxPointsPerSeries));
  ASSERT_TRUE(allowed.ok()) << allowed.error().message;
  EXPECT_EQ(allowed->status, 200);
  const Result<http::Response> refused = this->Post("/api/v1/query_range", form(kMaxPointsPerSeries + 2));
  ASSERT_TRUE(refused.ok());
  EXPECT_EQ(refused->status, 400);
  EXPECT_THAT(refused->body, testing::HasSubstr("exceeded maximum resolution"));
}

REGISTER_TYPED_TEST_SUITE_P(PrometheusContract, AnInstantAnswerHasTheTimeOfTheEvaluation, ValuesAreToldApart,
                            ValuesAreCountedByState, AScalarIsOneValueAndOtherTypesAreRefused, ABadQueryIsExplained,
                            ARangeIncludesBothEndsAndIsAlignedToItsStart, MorePointsThanOneAnswerMayHoldComeInChunks,
                            ItRefusesMoreThanTheMaximumResolution);

}  // namespace dso::prom
