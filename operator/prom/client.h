// Asks one Prometheus server, or what speaks its HTTP API (Thanos, Mimir, VictoriaMetrics).
//
// Loop thread only; the loop and the transport must outlive the client, and the client its queries. Every failure
// carries the name of the server, what to do, and no secret. Nothing is retried here: the next sync asks again.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/loop.h"
#include "base/task.h"
#include "http/transport.h"
#include "prom/answer.h"
#include "prom/answer_reader.h"
#include "prom/credentials.h"
#include "prom/range_chunks.h"
#include "prom/reason.h"
#include "prom/server_config.h"

namespace dso::prom {

struct RangeQuery {
  std::string expr;
  TimeRange range;
  milliseconds step{};
  // About how many series will answer: the first chunk is sized by it, later ones by what has come.
  size_t expected_series = 1;
  size_t max_series = kMaxSeries;  // in one chunk; see AnswerReader
};

// Receives a range query's answer. After a failure it has seen all chunks up to the last OnChunkEnd and any part of the
// next: to go on from there is right, and a receiver that has seen it must start anew before it is repeated.
class RangeSink {
 public:
  virtual ~RangeSink() = default;
  // The points of one series within the chunk in hand, oldest first; once for each series of the chunk. NaN and
  // infinities are passed on as they come. What is passed lives until the call returns.
  virtual void OnSeries(const Labels& labels, std::span<const Point> points) = 0;
  // All points up to and including `complete_until` have been delivered; chunks come oldest first.
  virtual void OnChunkEnd(WallTime complete_until) { static_cast<void>(complete_until); }
};

struct RangeSummary {
  int64_t chunks = 0;
  int64_t points = 0;
  size_t series = 0;  // the most in one chunk
  Notes notes{};      // of all chunks, without repetition
};

// 10,000 services with generous labels are 2 MB.
inline constexpr size_t kMaxInstantAnswerBytes = size_t{64} << 20;

class Client {
 public:
  // `transport` has config.url as its base and trusts config.ca_file. Precondition: Validate(config).
  Client(Loop& loop, http::HttpTransport& transport, ServerConfig config);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // POST /api/v1/query: the value of `expr` at a moment. No series is an answer, too: SingleValue and
  // JudgePreset say what it means. kTooLarge above `max_bytes`.
  Task<Answer<InstantAnswer>> Query(std::string expr, WallTime at, std::stop_token stop,
                                    size_t max_bytes = kMaxInstantAnswerBytes);

  // POST /api/v1/query_range, a chunk of time after the other, parsed as a stream. A chunk of which the server says
  // that it touches too many samples is asked for again in halves. `sink` must outlive the call.
  Task<Answer<RangeSummary>> QueryRange(RangeQuery query, RangeSink& sink, std::stop_token stop);

  const ServerConfig& config() const { return config_; }

 private:
  using Form = std::vector<std::pair<std::string, std::string>>;
  struct Prepared {
    http::Request request;
    Credentials credentials;
  };

  Answer<Prepared> Prepare(std::string target, Form form) const;
  Task<Answer<AnswerEnd>> QueryChunk(Form form, size_t max_series, RangeSink* sink, RangeSummary* delivered,
                                     std::stop_token stop);
  Task<Answer<AnswerEnd>> ReadAnswer(http::StreamingResponse* response, AnswerReader* reader) const;
  Failure Explain(Failure failure, const Credentials& credentials) const;

  Loop& loop_;
  http::HttpTransport& transport_;
  const ServerConfig config_;
  Semaphore permits_;
};

}  // namespace dso::prom
