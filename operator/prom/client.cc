#include "prom/client.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/url.h"
#include "prom/api_error.h"

namespace dso::prom {
namespace {

// An answer of kMaxPointsPerAnswer points is 15 MB; one with ten times the expected series still passes.
constexpr size_t kMaxRangeAnswerBytes = size_t{256} << 20;
// Enough for any JSON error; of an HTML page we need to see no more than that it is one.
constexpr size_t kMaxErrorBytes = size_t{64} << 10;
// The transport bounds the silence between two pieces of a streamed answer; this bounds a server that only drips.
constexpr int kMaxTimeoutsPerChunk = 4;

// Exact to the millisecond, without the rounding of a double: "1435781451.781".
std::string FormatSeconds(milliseconds time) {
  return fmt::format("{}.{:03}", time.count() / 1000, time.count() % 1000);
}

// The server shall give up a little before us, so that its own explanation arrives.
std::string ServerTimeout(milliseconds timeout) { return FormatSeconds(timeout - timeout / 10); }

bool IsSuccess(int status) { return status >= 200 && status < 300; }

void AddNotes(Notes* to, const Notes& from) {
  const auto add = [](std::vector<std::string>* list, const std::vector<std::string>& notes) {
    constexpr size_t kMaxNotes = 10;
    for (const std::string& note : notes) {
      if (list->size() < kMaxNotes && std::find(list->begin(), list->end(), note) == list->end()) list->push_back(note);
    }
  };
  add(&to->warnings, from.warnings);
  add(&to->infos, from.infos);
}

}  // namespace

Client::Client(Loop& loop, http::HttpTransport& transport, ServerConfig config)
    : loop_(loop), transport_(transport), config_(std::move(config)), permits_(loop, config_.max_concurrent_queries) {}

Task<Answer<InstantAnswer>> Client::Query(std::string expr, WallTime at, std::stop_token stop, size_t max_bytes) {
  const Semaphore::Permit permit = co_await permits_.Acquire();
  Form form;
  form.emplace_back("query", std::move(expr));
  form.emplace_back("time", FormatSeconds(at.time_since_epoch()));
  form.emplace_back("timeout", ServerTimeout(config_.timeout));
  Answer<Prepared> prepared = Prepare("/api/v1/query", std::move(form));
  if (!prepared.ok()) co_return prepared.failure();

  prepared->request.max_body_bytes = max_bytes;
  Result<http::Response> response = co_await transport_.Send(std::move(prepared->request), stop);
  const Credentials& credentials = prepared->credentials;
  if (!response) co_return Explain(FailureOfTransport(std::move(response).error()), credentials);
  if (!IsSuccess(response->status)) co_return Explain(FailureOf(*response, response->body), credentials);

  InstantAnswer answer;
  AnswerReader reader(ElementKind::kVector, kMaxSeries,
                      [&answer](Series& series) { answer.series.push_back(std::move(series)); });
  reader.Feed(response->body);
  Answer<AnswerEnd> end = std::move(reader).Finish();
  if (!end.ok()) co_return Explain(end.failure(), credentials);
  if (end->scalar) answer.series.push_back(Series{.points = {*end->scalar}});
  answer.notes = std::move(end->notes);
  co_return answer;
}

Task<Answer<RangeSummary>> Client::QueryRange(RangeQuery query, RangeSink& sink, std::stop_token stop) {
  if (query.step <= milliseconds(0) || query.range.start > query.range.end) {
    co_return MakeFailure(Reason::kBadQuery, "the time range is empty or its step is not positive.");
  }
  RangeSummary summary;
  int64_t points = kMaxPointsPerSeries;  // lowered when the server finds a chunk too large
  TimeRange rest = query.range;
  while (rest.start <= rest.end) {
    const TimeRange chunk =
        FirstChunk(rest, query.step, std::min(points, PointsPerChunk(std::max(query.expected_series, summary.series))));
    Form form;
    form.emplace_back("query", query.expr);
    form.emplace_back("start", FormatSeconds(chunk.start.time_since_epoch()));
    form.emplace_back("end", FormatSeconds(chunk.end.time_since_epoch()));
    form.emplace_back("step", FormatSeconds(query.step));
    form.emplace_back("timeout", ServerTimeout(config_.timeout));

    RangeSummary delivered;
    Answer<AnswerEnd> end = co_await QueryChunk(std::move(form), query.max_series, &sink, &delivered, stop);
    if (!end.ok()) {
      const int64_t asked = PointsIn(chunk, query.step);
      // Halves only while nothing of the chunk has been delivered, so that no series comes twice.
      if (end.reason() != Reason::kTooLarge || asked == 1 || delivered.series > 0) co_return end.failure();
      points = asked / 2;
      continue;
    }
    sink.OnChunkEnd(chunk.end);
    ++summary.chunks;
    summary.points += delivered.points;
    summary.series = std::max(summary.series, delivered.series);
    AddNotes(&summary.notes, end->notes);
    rest.start = chunk.end + query.step;
  }
  co_return summary;
}

Task<Answer<AnswerEnd>> Client::QueryChunk(Form form, size_t max_series, RangeSink* sink, RangeSummary* delivered,
                                           std::stop_token stop) {
  // Held for one chunk only: a history of weeks must not keep the sync's own queries waiting.
  const Semaphore::Permit permit = co_await permits_.Acquire();
  Answer<Prepared> prepared = Prepare("/api/v1/query_range", std::move(form));
  if (!prepared.ok()) co_return prepared.failure();

  prepared->request.max_body_bytes = kMaxRangeAnswerBytes;
  Result<http::StreamingResponse> response = co_await transport_.Open(std::move(prepared->request), stop);
  const Credentials& credentials = prepared->credentials;
  if (!response) co_return Explain(FailureOfTransport(std::move(response).error()), credentials);

  AnswerReader reader(ElementKind::kMatrix, max_series, [sink, delivered](Series& series) {
    ++delivered->series;
    delivered->points += static_cast<int64_t>(series.points.size());
    sink->OnSeries(series.labels, series.points);
  });
  Answer<AnswerEnd> end = co_await ReadAnswer(&*response, &reader);
  if (!end.ok()) co_return Explain(end.failure(), credentials);
  co_return end;
}

Task<Answer<AnswerEnd>> Client::ReadAnswer(http::StreamingResponse* response, AnswerReader* reader) const {
  const bool success = IsSuccess(response->head.status);
  const SteadyTime deadline = loop_.Now() + kMaxTimeoutsPerChunk * config_.timeout;
  size_t received = 0;
  std::string error_body;
  while (true) {
    Result<std::string> bytes = co_await response->body->Read();
    if (!bytes) co_return FailureOfTransport(std::move(bytes).error());
    if (bytes->empty()) break;
    received += bytes->size();
    if (received > kMaxRangeAnswerBytes) {
      co_return MakeFailure(Reason::kTooLarge, "the answer is larger than 256 MB: aggregate more in the query.");
    }
    if (loop_.Now() > deadline) {
      co_return MakeFailure(Reason::kTimeout, "the answer trickles in too slowly: check the server's load.");
    }
    if (success) {
      if (!reader->Feed(*bytes)) break;
    } else {
      error_body += *bytes;
      if (error_body.size() > kMaxErrorBytes) break;
    }
  }
  if (!success) co_return FailureOf(response->head, error_body);
  co_return std::move(*reader).Finish();
}

Answer<Client::Prepared> Client::Prepare(std::string target, Form form) const {
  Result<Credentials> credentials = ReadCredentials(config_);
  if (!credentials) {
    return Explain(MakeFailure(Reason::kUnauthenticated, std::move(credentials).error().message), Credentials{});
  }
  Prepared prepared;
  prepared.request.method = "POST";  // a query may be longer than a URL
  prepared.request.target = std::move(target);
  prepared.request.headers = config_.headers;
  prepared.request.headers["Accept"] = "application/json";
  prepared.request.headers["Content-Type"] = "application/x-www-form-urlencoded";
  if (!credentials->authorization.empty()) prepared.request.headers["Authorization"] = credentials->authorization;
  prepared.request.body = http::EncodeQuery(form);
  prepared.request.timeout = config_.timeout;
  prepared.credentials = *std::move(credentials);
  return prepared;
}

Failure Client::Explain(Failure failure, const Credentials& credentials) const {
  failure.error.message = Redact(std::move(failure.error.message), credentials);
  return std::move(failure).WithContext("Prometheus server \"" + config_.name + "\"");
}

}  // namespace dso::prom
