#include "prom/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "prom/single_value.h"
#include "tests/prom/fake_prometheus.h"
#include "tests/prom/secret_file.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

namespace dso::prom {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr WallTime kAt{milliseconds(1'700'000'000'250)};

class RecordingSink final : public RangeSink {
 public:
  void OnSeries(const Labels& labels, std::span<const Point> points) override {
    std::vector<Point>& all = series[labels];
    all.insert(all.end(), points.begin(), points.end());
  }
  void OnChunkEnd(WallTime complete_until) override { chunk_ends.push_back(complete_until); }

  std::map<Labels, std::vector<Point>> series;
  std::vector<WallTime> chunk_ends;
};

class ClientTest : public testing::Test {
 protected:
  static ServerConfig Config() {
    ServerConfig config;
    config.name = "default";
    config.url = "http://prometheus:9090";
    return config;
  }

  void AnswerWith(Result<http::FakeReply> reply) {
    transport_.set_handler([reply](const http::Request&) { return reply; });
  }
  Answer<InstantAnswer> Query(std::string expr = "up", std::stop_token stop = {}) {
    Client client(loop_, transport_, config_);
    return RunTask(loop_, client.Query(std::move(expr), kAt, stop));
  }
  Answer<RangeSummary> QueryRange(RangeQuery query, std::stop_token stop = {}) {
    Client client(loop_, transport_, config_);
    return RunTask(loop_, client.QueryRange(std::move(query), sink_, stop));
  }
  static RangeQuery Minutes(int64_t points, size_t expected_series = 1) {
    return {.expr = "demand",
            .range = {AtSecond(1'700'000'000), AtSecond(1'700'000'000 + (points - 1) * 60)},
            .step = seconds(60),
            .expected_series = expected_series};
  }

  FakeLoop loop_;
  FakePrometheus prometheus_;
  http::FakeTransport transport_{loop_, prometheus_.Handler()};
  ServerConfig config_ = Config();
  RecordingSink sink_;
};

TEST_F(ClientTest, AsksByPostWithAnEncodedForm) {
  config_.headers["X-Scope-OrgID"] = "prod";
  AnswerWith(http::Respond(200, VectorJson({})));
  ASSERT_TRUE(Query("sum(up{a=\"b&c\"}) + 1").ok());
  const http::Request& request = transport_.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/api/v1/query");
  EXPECT_EQ(request.timeout, config_.timeout);
  EXPECT_EQ(request.headers.at("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.headers.at("X-Scope-OrgID"), "prod");
  EXPECT_FALSE(request.headers.contains("Authorization"));
  const auto form = FakePrometheus::ParseForm(request.body);
  EXPECT_EQ(form.at("query"), "sum(up{a=\"b&c\"}) + 1");
  EXPECT_EQ(form.at("time"), "1700000000.250");
  EXPECT_EQ(form.at("timeout"), "27.000");
}

TEST_F(ClientTest, ReadsTheTokenAnewForEachRequest) {
  const SecretFile token("first");
  config_.bearer_token_file = token.path();
  AnswerWith(http::Respond(200, VectorJson({})));
  ASSERT_TRUE(Query().ok());
  token.Write("second");
  ASSERT_TRUE(Query().ok());
  EXPECT_EQ(transport_.requests().at(0).headers.at("Authorization"), "Bearer first");
  EXPECT_EQ(transport_.requests().at(1).headers.at("Authorization"), "Bearer second");
}

TEST_F(ClientTest, SendsNothingWithoutTheConfiguredCredentials) {
  config_.bearer_token_file = "/does/not/exist";
  const Answer<InstantAnswer> answer = Query();
  EXPECT_EQ(answer.reason(), Reason::kUnauthenticated);
  EXPECT_THAT(answer.error().message, AllOf(HasSubstr("\"default\""), HasSubstr("/does/not/exist")));
  EXPECT_TRUE(transport_.requests().empty());
}

TEST_F(ClientTest, NeverShowsASecretThatTheServerEchoes) {
  const SecretFile token("s3cret-token");
  config_.bearer_token_file = token.path();
  AnswerWith(http::Respond(400, ErrorJson("bad_data", "header Authorization: Bearer s3cret-token is odd")));
  EXPECT_THAT(Query().error().message, AllOf(HasSubstr("[redacted]"), Not(HasSubstr("s3cret-token"))));
  EXPECT_THAT(QueryRange(Minutes(10)).error().message, Not(HasSubstr("s3cret-token")));
}

TEST_F(ClientTest, ReturnsSeriesNotesAndScalars) {
  AnswerWith(http::Respond(
      200, VectorJson({{.labels = Of("prod", "chat"), .points = {{.at = kAt, .value = 3}}}}, {"careful"})));
  const Answer<InstantAnswer> vector = Query();
  ASSERT_TRUE(vector.ok());
  EXPECT_EQ(vector->series.at(0).points.at(0).value, 3);
  EXPECT_EQ(vector->series.at(0).points.at(0).at, kAt);
  EXPECT_THAT(vector->notes.warnings, testing::ElementsAre("careful"));

  AnswerWith(http::Respond(200, SuccessJson("scalar", PointJson({.at = kAt, .value = 5}))));
  const Answer<InstantAnswer> scalar = Query("5");
  ASSERT_TRUE(scalar.ok());
  EXPECT_EQ(SingleValue(*scalar, kAt, seconds(1))->value, 5);
}

struct StatusCase {
  const char* name;
  int status;
  std::string body;
  Reason reason;
  ErrorCode code;
  const char* says;
};

class ClientStatusTest : public ClientTest, public testing::WithParamInterface<StatusCase> {};

TEST_P(ClientStatusTest, TellsWhatToDo) {
  const StatusCase& expected = GetParam();
  AnswerWith(http::Respond(expected.status, expected.body));
  const Answer<InstantAnswer> instant = Query();
  EXPECT_EQ(instant.reason(), expected.reason);
  ASSERT_FALSE(instant.ok());
  EXPECT_EQ(instant.error().code, expected.code);
  EXPECT_THAT(instant.error().message, AllOf(HasSubstr("Prometheus server \"default\""), HasSubstr(expected.says)));
  const Answer<RangeSummary> range = QueryRange(Minutes(1));
  EXPECT_EQ(range.reason(), expected.reason);
  EXPECT_EQ(range.error().message, instant.error().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, ClientStatusTest,
    testing::Values(
        StatusCase{"BadData", 400, ErrorJson("bad_data", "1:5: parse error: unexpected end"), Reason::kBadQuery,
                   ErrorCode::kInvalidArgument, "bad_data: 1:5: parse error: unexpected end"},
        StatusCase{"Execution", 422, ErrorJson("execution", "many-to-many matching not allowed"), Reason::kBadQuery,
                   ErrorCode::kInvalidArgument, "many-to-many"},
        StatusCase{"TooManySamples", 422, ErrorJson("execution", "query processing would load too many samples"),
                   Reason::kTooLarge, ErrorCode::kResourceExhausted, "too many samples"},
        StatusCase{"Unauthorized", 401, "Unauthorized\n", Reason::kUnauthenticated, ErrorCode::kUnauthenticated,
                   "bearerTokenFile"},
        StatusCase{"Forbidden", 403, "", Reason::kForbidden, ErrorCode::kPermissionDenied, "tenant header"},
        StatusCase{"NotFound", 404, "404 page not found", Reason::kNotPrometheus, ErrorCode::kInternal, "url"},
        StatusCase{"Throttled", 429, "", Reason::kThrottled, ErrorCode::kResourceExhausted, "maxConcurrentQueries"},
        StatusCase{"Redirect", 302, "", Reason::kNotPrometheus, ErrorCode::kInternal, "login"},
        StatusCase{"Internal", 500, ErrorJson("internal", "disk on fire"), Reason::kServerError, ErrorCode::kInternal,
                   "disk on fire"},
        StatusCase{"BadGateway", 502, "<html>", Reason::kUnavailable, ErrorCode::kUnavailable, "HTTP 502"},
        StatusCase{"Unavailable", 503, "Service Unavailable", Reason::kUnavailable, ErrorCode::kUnavailable,
                   "HTTP 503"},
        StatusCase{"ServerTimeout", 503, ErrorJson("timeout", "query timed out in expression evaluation"),
                   Reason::kTimeout, ErrorCode::kDeadlineExceeded, "query.timeout"},
        StatusCase{"GatewayTimeout", 504, "", Reason::kTimeout, ErrorCode::kDeadlineExceeded, "HTTP 504"},
        StatusCase{"Teapot", 418, "", Reason::kNotPrometheus, ErrorCode::kInternal, "HTTP 418"},
        StatusCase{"LoginPage", 200, "<html>Log in</html>", Reason::kNotPrometheus, ErrorCode::kInternal, "HTML"},
        StatusCase{"OtherJson", 200, R"({"kind":"Status"})", Reason::kNotPrometheus, ErrorCode::kInternal, "JSON"},
        StatusCase{"Truncated", 200, R"({"status":"success","data":{"resu)", Reason::kTruncated,
                   ErrorCode::kUnavailable, "broke off after 33 bytes"},
        StatusCase{"ErrorWithin200", 200, ErrorJson("bad_data", "no such function"), Reason::kBadQuery,
                   ErrorCode::kInvalidArgument, "no such function"}),
    [](const auto& test) { return test.param.name; });

TEST_F(ClientTest, KeepsTheServersWishToWait) {
  AnswerWith(http::Respond(429, "", {{"Retry-After", "17"}}));
  EXPECT_EQ(Query().error().retry_after, seconds(17));
  AnswerWith(http::Respond(429, "", {{"retry-after", "Fri, 31 Dec 2027 23:59:59 GMT"}}));
  EXPECT_FALSE(Query().error().retry_after);
}

TEST_F(ClientTest, TellsTimeoutUnreachableAndCancelledApart) {
  http::FakeReply slow = http::Respond(200, VectorJson({}));
  slow.delay = config_.timeout + seconds(1);
  AnswerWith(slow);
  EXPECT_EQ(Query().reason(), Reason::kTimeout);
  EXPECT_EQ(QueryRange(Minutes(1)).reason(), Reason::kTimeout);

  AnswerWith(Error{ErrorCode::kUnavailable, "connection refused"});
  const Answer<InstantAnswer> unreachable = Query();
  EXPECT_EQ(unreachable.reason(), Reason::kUnreachable);
  EXPECT_THAT(unreachable.error().message, HasSubstr("connection refused"));

  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Query("up", stop.get_token()).reason(), Reason::kCancelled);
  EXPECT_EQ(QueryRange(Minutes(1), stop.get_token()).reason(), Reason::kCancelled);
}

TEST_F(ClientTest, LetsNoMoreQueriesThroughThanAllowed) {
  config_.max_concurrent_queries = 3;
  http::FakeReply reply = http::Respond(200, VectorJson({}));
  reply.delay = seconds(1);
  AnswerWith(reply);
  Client client(loop_, transport_, config_);
  int answered = 0;
  const auto ask = [&](bool range) -> Task<void> {
    if (range) {
      static_cast<void>(co_await client.QueryRange(Minutes(1), sink_, {}));
    } else {
      static_cast<void>(co_await client.Query("up", kAt, {}));
    }
    ++answered;
  };
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(ask(i % 2 == 0));
  RunTask(loop_, WhenAll(std::move(tasks)));
  EXPECT_EQ(answered, 20);
  EXPECT_EQ(transport_.max_in_flight(), 3);
  EXPECT_EQ(transport_.in_flight(), 0);
}

TEST_F(ClientTest, ReadsARangeOldestFirstInChunksThatTheServerAllows) {
  prometheus_.Define("demand",
                     {{Of("prod", "chat"), [](WallTime at) { return at.time_since_epoch().count() / 1000.0; }}});
  prometheus_.set_chunk_bytes(1000);
  const Answer<RangeSummary> summary = QueryRange(Minutes(25'000));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->chunks, 3);
  EXPECT_EQ(summary->points, 25'000);
  EXPECT_EQ(summary->series, 1U);
  ASSERT_EQ(sink_.series.size(), 1U);
  const std::vector<Point>& points = sink_.series.begin()->second;
  ASSERT_EQ(points.size(), 25'000U);
  for (size_t i = 0; i < points.size(); ++i) {
    ASSERT_EQ(points[i].at, AtSecond(1'700'000'000 + static_cast<int64_t>(i) * 60));
    ASSERT_EQ(points[i].value, 1'700'000'000.0 + static_cast<double>(i) * 60);
  }
  EXPECT_EQ(sink_.chunk_ends.back(), points.back().at);
}

TEST_F(ClientTest, SizesChunksByTheSeriesExpectedAndThenByThoseThatCame) {
  const std::vector<Series> series(500, Series{.points = {{.at = kAt, .value = 1}}});
  AnswerWith(http::Respond(200, MatrixJson(series)));
  ASSERT_TRUE(QueryRange(Minutes(2'500, /*expected_series=*/500)).ok());
  EXPECT_EQ(transport_.requests().size(), 3U);  // 500,000 points: 1,000 for each of 500 series

  transport_.ClearRequests();
  ASSERT_TRUE(QueryRange(Minutes(8'000, /*expected_series=*/100)).ok());
  EXPECT_EQ(transport_.requests().size(), 4U);  // 5,000 as if of 100 series, and then 1,000 each
}

TEST_F(ClientTest, HalvesAChunkThatTouchesTooManySamples) {
  prometheus_.Define("demand", {{Of("prod", "chat"), FakePrometheus::Constant(1)}}, /*samples_per_point=*/100);
  prometheus_.set_max_samples(30'000);  // 300 points
  const Answer<RangeSummary> summary = QueryRange(Minutes(1'000));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->points, 1'000);
  EXPECT_EQ(summary->chunks, 4);  // of 250
  EXPECT_EQ(sink_.series.begin()->second.size(), 1'000U);

  prometheus_.set_max_samples(1);
  EXPECT_EQ(QueryRange(Minutes(1'000)).reason(), Reason::kTooLarge);
}

TEST_F(ClientTest, DoesNotHalveWhatHasBeenDeliveredInPart) {
  config_.timeout = seconds(30);
  http::FakeReply reply = http::Respond(200, MatrixJson({{.points = {{}}}, {.points = {{}}}, {.points = {{}}}}));
  AnswerWith(reply);
  RangeQuery query = Minutes(100);
  query.max_series = 2;
  EXPECT_EQ(QueryRange(std::move(query)).reason(), Reason::kTooLarge);
  EXPECT_EQ(transport_.requests().size(), 1U);
}

TEST_F(ClientTest, ReportsAStreamThatBreaks) {
  const std::string body =
      MatrixJson({{.labels = Of("a", "b"), .points = {{}}}, {.labels = Of("a", "c"), .points = {{}}}});
  http::FakeReply reply = http::Respond(200, "");
  reply.chunks = {body.substr(0, body.size() - 10)};
  AnswerWith(reply);
  EXPECT_EQ(QueryRange(Minutes(1)).reason(), Reason::kTruncated);
  EXPECT_TRUE(sink_.chunk_ends.empty());

  reply.break_with = Error{ErrorCode::kUnavailable, "connection reset"};
  AnswerWith(reply);
  EXPECT_EQ(QueryRange(Minutes(1)).reason(), Reason::kUnreachable);
}

TEST_F(ClientTest, GivesUpOnAServerThatOnlyDrips) {
  http::FakeReply reply = http::Respond(200, "");
  reply.chunks.assign(1'000'000, " ");
  reply.chunk_delay = config_.timeout - seconds(1);
  AnswerWith(reply);
  const Answer<RangeSummary> answer = QueryRange(Minutes(1));
  EXPECT_EQ(answer.reason(), Reason::kTimeout);
  EXPECT_THAT(answer.error().message, HasSubstr("slowly"));
}

TEST_F(ClientTest, ReadsNoMoreOfAnHtmlPageThanItsBeginning) {
  http::FakeReply reply = http::Respond(200, "");
  reply.chunks.assign(1'000'000, "<html>");
  reply.chunk_delay = milliseconds(1);
  AnswerWith(reply);
  EXPECT_EQ(QueryRange(Minutes(1)).reason(), Reason::kNotPrometheus);
  EXPECT_LT(loop_.Now().time_since_epoch(), seconds(1));
}

TEST_F(ClientTest, RefusesAnEmptyRange) {
  RangeQuery query = Minutes(10);
  std::swap(query.range.start, query.range.end);
  EXPECT_EQ(QueryRange(query).reason(), Reason::kBadQuery);
  query = Minutes(10);
  query.step = milliseconds(0);
  EXPECT_EQ(QueryRange(query).reason(), Reason::kBadQuery);
}

TEST(SingleValue, JudgesEveryKindOfAnswer) {
  const auto reason_of = [](std::vector<Series> series) {
    return SingleValue(InstantAnswer{.series = std::move(series)}, kAt, seconds(150)).reason();
  };
  const auto value = [](double v, milliseconds age = {}) { return Series{.points = {{.at = kAt - age, .value = v}}}; };
  EXPECT_EQ(reason_of({value(0)}), Reason::kNone);
  EXPECT_EQ(reason_of({value(1, seconds(150))}), Reason::kNone);
  EXPECT_EQ(reason_of({}), Reason::kNoSeries);
  EXPECT_EQ(reason_of({value(1), value(2)}), Reason::kSeveralSeries);
  EXPECT_EQ(reason_of({value(NAN)}), Reason::kNotANumber);
  EXPECT_EQ(reason_of({value(INFINITY)}), Reason::kNotANumber);
  EXPECT_EQ(reason_of({value(-INFINITY)}), Reason::kNotANumber);
  EXPECT_EQ(reason_of({value(-1)}), Reason::kNegative);
  EXPECT_EQ(reason_of({value(1, seconds(151))}), Reason::kStale);
}

TEST(SingleValue, SaysHowOldAStaleSampleIs) {
  const InstantAnswer answer{.series = {{.points = {{.at = kAt - std::chrono::minutes(4), .value = 1}}}}};
  EXPECT_THAT(SingleValue(answer, kAt, seconds(150)).error().message, AllOf(HasSubstr("4m"), HasSubstr("2m30s")));
}

TEST(Reason, HasANameForEach) {
  for (int i = 0; i <= static_cast<int>(Reason::kCancelled); ++i) {
    EXPECT_NE(ToString(static_cast<Reason>(i)), "Unknown") << i;
    EXPECT_FALSE(MakeFailure(static_cast<Reason>(i), "x").error.message.empty());
  }
}

}  // namespace
}  // namespace dso::prom
