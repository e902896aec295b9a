// An HttpTransport that answers from a script and keeps the promises of the real one: one result for each call, never
// before the caller has suspended, time-outs, cancellation and limits included.
//
//   FakeLoop loop;
//   FakeTransport transport(loop, [](const Request& request) -> Result<FakeReply> {
//     if (request.target == "/healthz") return Respond(200, "ok");
//     return Error{ErrorCode::kUnavailable, "connection refused"};
//   });
//
// A streamed body comes in pieces (FakeReply::chunks), or from the test's own hand while the stream is read (LiveBody).
// Loop thread only.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/loop.h"
#include "http/transport.h"

namespace dso::http {

// A body that a test feeds while it is being read: for a watch whose events the test decides on.
class LiveBody {
 public:
  void Push(std::string bytes) {
    items_.emplace_back(std::move(bytes));
    Wake();
  }
  void End() { Push(""); }
  void Break(Error error) {
    items_.emplace_back(std::move(error));
    Wake();
  }

 private:
  friend class FakeTransport;
  void Wake() {
    if (waiter_) std::exchange(waiter_, std::nullopt)->Set(true);
  }
  std::deque<Result<std::string>> items_;
  std::optional<Deferred<bool>> waiter_;
};

struct FakeReply {
  FakeReply(Response the_response) : response(std::move(the_response)) {}

  Response response;
  std::vector<std::string> chunks{};      // of the body; if empty the body is response.body in one piece
  milliseconds delay{0};                  // until the head comes; with Send until the whole response comes
  milliseconds chunk_delay{0};            // before each chunk
  std::optional<Error> break_with{};      // instead of the end of the body
  std::shared_ptr<LiveBody> live_body{};  // goes on where the chunks end; Open only
};

inline FakeReply Respond(int status, std::string body, Headers headers = {}) {
  return FakeReply(Response{.status = status, .headers = std::move(headers), .body = std::move(body)});
}

class FakeTransport final : public HttpTransport {
 public:
  using Handler = std::function<Result<FakeReply>(const Request&)>;

  FakeTransport(Loop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}

  void set_handler(Handler handler) { handler_ = std::move(handler); }

  // All requests in the order of their arrival.
  const std::vector<Request>& requests() const { return requests_; }
  void ClearRequests() { requests_.clear(); }

  // Requests that are being answered and streams that are still open.
  int in_flight() const { return *in_flight_; }
  int max_in_flight() const { return max_in_flight_; }

  Task<Result<Response>> Send(Request request, std::stop_token stop) override {
    const InFlight mark = Arrive(request);
    Result<FakeReply> reply = handler_(request);
    const milliseconds delay = reply.ok() ? TotalDelay(*reply) : milliseconds(0);
    const std::optional<Error> cut_short = co_await Wait(loop_, delay, request.timeout, stop);
    if (cut_short) co_return *cut_short;
    if (!reply.ok()) co_return reply.error();
    if (reply->break_with) co_return *reply->break_with;
    Response response = std::move(reply->response);
    for (const std::string& chunk : reply->chunks) response.body += chunk;
    if (response.body.size() > request.max_body_bytes) {
      co_return Error{ErrorCode::kResourceExhausted, "the response is larger than allowed"};
    }
    co_return response;
  }

  Task<Result<StreamingResponse>> Open(Request request, std::stop_token stop) override {
    InFlight mark = Arrive(request);
    Result<FakeReply> reply = handler_(request);
    const milliseconds delay = reply.ok() ? reply->delay : milliseconds(0);
    const std::optional<Error> cut_short = co_await Wait(loop_, delay, request.timeout, stop);
    if (cut_short) co_return *cut_short;
    if (!reply.ok()) co_return reply.error();
    StreamingResponse opened;
    opened.head.status = reply->response.status;
    opened.head.headers = reply->response.headers;
    opened.body = std::make_unique<Body>(loop_, *std::move(reply), request.timeout, stop, std::move(mark));
    co_return opened;
  }

 private:
  // Counts itself for as long as it lives.
  class InFlight {
   public:
    explicit InFlight(std::shared_ptr<int> count) : count_(std::move(count)) { ++*count_; }
    InFlight(InFlight&&) noexcept = default;
    InFlight& operator=(InFlight&&) = delete;
    ~InFlight() {
      if (count_) --*count_;
    }

   private:
    std::shared_ptr<int> count_;
  };

  class Body final : public BodyStream {
   public:
    Body(Loop& loop, FakeReply reply, milliseconds timeout, std::stop_token stop, InFlight mark)
        : loop_(loop), reply_(std::move(reply)), timeout_(timeout), stop_(std::move(stop)), mark_(std::move(mark)) {
      if (reply_.chunks.empty()) reply_.chunks.push_back(std::move(reply_.response.body));
      // An empty chunk would be read as the end.
      std::erase_if(reply_.chunks, [](const std::string& chunk) { return chunk.empty(); });
    }

    Task<Result<std::string>> Read() override {
      if (next_ < reply_.chunks.size()) {
        const std::optional<Error> cut_short = co_await Wait(loop_, reply_.chunk_delay, timeout_, stop_);
        if (cut_short) co_return *cut_short;
        co_return reply_.chunks[next_++];
      }
      if (reply_.live_body) {
        const std::optional<Error> cut_short = co_await WaitForItem(reply_.live_body);
        if (cut_short) co_return *cut_short;
        Result<std::string> item = std::move(reply_.live_body->items_.front());
        // The end and a break stay: reading on says the same again.
        if (item.ok() && !item->empty()) {
          reply_.live_body->items_.pop_front();
        } else {
          reply_.live_body->items_.front() = item;
        }
        co_return item;
      }
      const std::optional<Error> cut_short = co_await Wait(loop_, milliseconds(0), timeout_, stop_);
      if (cut_short) co_return *cut_short;
      if (reply_.break_with) co_return *reply_.break_with;
      co_return std::string();
    }

   private:
    Task<std::optional<Error>> WaitForItem(std::shared_ptr<LiveBody> live) {
      if (stop_.stop_requested()) co_return Cancelled();
      if (!live->items_.empty()) co_return std::nullopt;
      const Deferred<bool> woken;  // by an item: true; by the time-out or a stop: false
      live->waiter_ = woken;
      const Loop::TimerId timer = loop_.RunAfter(timeout_, [woken] { woken.Set(false); });
      const std::stop_callback on_stop(stop_, [this, woken] { loop_.Post([woken] { woken.Set(false); }); });
      const bool has_item = co_await woken;
      loop_.CancelTimer(timer);
      live->waiter_.reset();
      if (stop_.stop_requested()) co_return Cancelled();
      if (!has_item) co_return TimedOut();
      co_return std::nullopt;
    }

    Loop& loop_;
    FakeReply reply_;
    const milliseconds timeout_;
    const std::stop_token stop_;
    const InFlight mark_;
    size_t next_ = 0;
  };

  static Error Cancelled() { return {ErrorCode::kCancelled, "the request was cancelled"}; }
  static Error TimedOut() { return {ErrorCode::kDeadlineExceeded, "no answer in time"}; }

  static milliseconds TotalDelay(const FakeReply& reply) {
    return reply.delay + reply.chunk_delay * static_cast<int64_t>(reply.chunks.size());
  }

  // Suspends at least once, as a network would. An error if the time-out or a stop came first.
  static Task<std::optional<Error>> Wait(Loop& loop, milliseconds delay, milliseconds timeout, std::stop_token stop) {
    const bool slept = co_await Sleep(loop, std::min(delay, timeout), stop);
    if (!slept) co_return Cancelled();
    if (delay > timeout) co_return TimedOut();
    co_return std::nullopt;
  }

  InFlight Arrive(const Request& request) {
    requests_.push_back(request);
    InFlight mark(in_flight_);
    max_in_flight_ = std::max(max_in_flight_, *in_flight_);
    return mark;
  }

  Loop& loop_;
  Handler handler_;
  std::vector<Request> requests_;
  std::shared_ptr<int> in_flight_ = std::make_shared<int>(0);
  int max_in_flight_ = 0;
};

}  // namespace dso::http
