#include "http/cpprest_transport.h"

// Boost 1.74's asio, which cpprestsdk includes, needs <utility> before it under C++20.
// clang-format off
#include <utility>
#include <cpprest/http_client.h>
// clang-format on

#include <fmt/format.h>

#include <algorithm>

#include "http/network_threads.h"
#include "http/tls_context.h"

namespace dso::http {
namespace {

namespace rest = web::http;
using concurrency::streams::istream;

// cpprestsdk's own time-out is for each operation and cannot be set for each request. The transport has timers of its
// own on the loop; this one only bounds what a forgotten socket can cost.
constexpr std::chrono::hours kLastResortTimeout{1};
constexpr size_t kLargestRead = size_t{256} << 10;

// One request on its way: who cancels it, and why it ended. Lives on the loop thread, shared with the body stream.
struct Call {
  pplx::cancellation_token_source cancel;
  std::stop_token stop;
};

Error Cancelled() { return {ErrorCode::kCancelled, "the request was cancelled"}; }

// Posts the outcome of `task` to the loop; whatever it throws becomes an Error.
template <typename T, typename Translate>
void PostOutcome(Loop& loop, pplx::task<T> task, Deferred<Result<T>> deferred, Translate translate) {
  task.then([&loop, deferred, translate](pplx::task<T> ended) {
    auto outcome = std::make_shared<Result<T>>(Cancelled());
    try {
      *outcome = ended.get();
    } catch (...) {
      *outcome = translate(std::current_exception());
    }
    loop.Post([deferred, outcome] { deferred.Set(std::move(*outcome)); });
  });
}

// Waits for a completion of cpprestsdk, but never longer than the time-out or the stop token allow: if one of those
// comes first the call is cancelled and its late completion is dropped.
template <typename T>
Task<Result<T>> AwaitWithin(Loop& loop, std::shared_ptr<Call> call, Deferred<Result<T>> completion,
                            milliseconds timeout, std::string_view waiting_for) {
  const Loop::TimerId timer = loop.RunAfter(timeout, [completion, timeout, waiting_for] {
    completion.Set(
        Error{ErrorCode::kDeadlineExceeded, fmt::format("no {} within {}", waiting_for, FormatDuration(timeout))});
  });
  const std::stop_callback on_stop(call->stop,
                                   [&loop, completion] { loop.Post([completion] { completion.Set(Cancelled()); }); });
  Result<T> outcome = co_await completion;
  loop.CancelTimer(timer);
  if (!outcome) call->cancel.cancel();
  co_return outcome;
}

Response HeadOf(const rest::http_response& response) {
  Response head;
  head.status = response.status_code();
  for (const auto& [name, value] : response.headers()) head.headers[name] = value;
  return head;
}

}  // namespace

struct CpprestTransport::Connection {
  Connection(Loop& the_loop, const Url& url, std::shared_ptr<TlsContext> tls_context, const TlsOptions& options)
      : loop(the_loop), tls(std::move(tls_context)), where(url.ToString()), host_header(options.server_name) {
    rest::client::http_client_config config;
    config.set_timeout(kLastResortTimeout);
    config.set_max_redirects(0);
    config.set_validate_certificates(!options.insecure_skip_verify);
    if (url.scheme == "https") {
      config.set_ssl_context_callback(
          [context = tls](boost::asio::ssl::context& native) { context->InstallInto(native); });
    }
    client.emplace(web::uri(fmt::format("{}://{}:{}", url.scheme, url.host, url.port)), config);
    prefix = url.path;
  }

  Error Translate(std::exception_ptr failure) const {
    try {
      std::rethrow_exception(failure);
    } catch (const pplx::task_canceled&) {
      return Cancelled();
    } catch (const rest::http_exception& e) {
      std::string reason = e.what();
      if (reason.find("SSL handshake") != reason.npos) {
        if (const std::string why = tls->LastVerifyFailure(); !why.empty()) {
          return {ErrorCode::kInvalidArgument,
                  fmt::format("{}: the server's certificate was refused: {}; check the configured CA", where, why)};
        }
        return {ErrorCode::kUnavailable, fmt::format("{}: the TLS handshake failed; is it an https server that accepts "
                                                     "our client certificate?",
                                                     where)};
      }
      return {ErrorCode::kUnavailable, fmt::format("{}: {}", where, reason)};
    } catch (const std::exception& e) {
      return {ErrorCode::kUnavailable, fmt::format("{}: {}", where, e.what())};
    }
  }

  Loop& loop;
  std::shared_ptr<TlsContext> tls;
  std::string where;        // for messages
  std::string host_header;  // cpprestsdk verifies the name in the Host header
  std::string prefix;
  std::optional<rest::client::http_client> client;
};

namespace {

class CpprestBodyStream final : public BodyStream {
 public:
  CpprestBodyStream(Loop& loop, std::shared_ptr<Call> call, rest::http_response response, milliseconds longest_silence,
                    size_t most_ahead, std::function<Error(std::exception_ptr)> translate)
      : loop_(loop),
        call_(std::move(call)),
        response_(std::move(response)),
        buffer_(response_.body().streambuf()),
        longest_silence_(longest_silence),
        most_ahead_(most_ahead),
        translate_(std::move(translate)) {}

  // A stream that is dropped half-read must not leave its connection open.
  ~CpprestBodyStream() override { call_->cancel.cancel(); }

  Task<Result<std::string>> Read() override { return ReadWithin(longest_silence_); }

  Task<Result<std::string>> ReadWithin(milliseconds timeout) {
    if (call_->stop.stop_requested()) {
      call_->cancel.cancel();  // a stop between two reads hangs up like one during a read
      co_return Cancelled();
    }
    const Deferred<Result<std::string>> completion;
    PostOutcome(loop_, ReadSome(buffer_), completion, translate_);
    Result<std::string> chunk = co_await AwaitWithin(loop_, call_, completion, timeout, "data");
    // cpprestsdk takes what the server sends whether or not somebody reads it.
    if (chunk && buffer_.in_avail() > most_ahead_) {
      call_->cancel.cancel();
      co_return Error{ErrorCode::kResourceExhausted,
                      fmt::format("more than {} bytes of the answer have come than were read", most_ahead_)};
    }
    co_return chunk;
  }

 private:
  // getn() waits until it has all it was asked for, so a watch would show nothing for minutes: wait for one byte, then
  // take what is there.
  static pplx::task<std::string> ReadSome(concurrency::streams::streambuf<uint8_t> buffer) {
    auto chunk = std::make_shared<std::string>(1, '\0');
    const auto data = [](const std::shared_ptr<std::string>& text) { return reinterpret_cast<uint8_t*>(text->data()); };
    return buffer.getn(data(chunk), 1)
        .then([buffer, chunk, data](size_t got) mutable {
          const size_t more = got == 0 ? 0 : std::min(buffer.in_avail(), kLargestRead);
          chunk->resize(got + more);
          if (more == 0) return pplx::task_from_result<size_t>(0);
          return buffer.getn(data(chunk) + 1, more);
        })
        .then([chunk](size_t more) {
          if (!chunk->empty()) chunk->resize(1 + more);
          return std::move(*chunk);
        });
  }

  Loop& loop_;
  std::shared_ptr<Call> call_;
  rest::http_response response_;
  concurrency::streams::streambuf<uint8_t> buffer_;
  milliseconds longest_silence_;
  size_t most_ahead_;
  std::function<Error(std::exception_ptr)> translate_;
};

}  // namespace

Result<std::unique_ptr<CpprestTransport>> CpprestTransport::Create(Loop& loop, const Url& base_url,
                                                                   const TlsOptions& tls) {
  StartNetworkThreadsOnce();
  auto context = TlsContext::Create(tls);
  if (!context) return std::move(context).error();
  try {
    auto connection = std::make_shared<Connection>(loop, base_url, *std::move(context), tls);
    return std::unique_ptr<CpprestTransport>(new CpprestTransport(std::move(connection)));
  } catch (const std::exception& e) {
    return InvalidArgument(fmt::format("cannot use {}: {}", base_url.ToString(), e.what()));
  }
}

CpprestTransport::CpprestTransport(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
CpprestTransport::~CpprestTransport() = default;

Task<Result<StreamingResponse>> CpprestTransport::Open(Request request, std::stop_token stop) {
  if (stop.stop_requested()) co_return Cancelled();
  const std::shared_ptr<Connection> connection = connection_;
  const size_t most_ahead = request.max_body_bytes;
  const auto call = std::make_shared<Call>();
  call->stop = stop;
  const Deferred<Result<rest::http_response>> completion;
  const auto translate = [connection](std::exception_ptr failure) { return connection->Translate(failure); };
  try {
    rest::http_request message(request.method);
    message.set_request_uri(connection->prefix + request.target);
    if (!request.body.empty()) message.set_body(std::move(request.body), "application/octet-stream");
    for (const auto& [name, value] : request.headers) message.headers()[name] = value;
    if (!connection->host_header.empty()) message.headers()["Host"] = connection->host_header;
    PostOutcome(connection->loop, connection->client->request(message, call->cancel.get_token()), completion,
                translate);
  } catch (const std::exception& e) {
    co_return InvalidArgument(fmt::format("cannot send {} {}: {}", request.method, request.target, e.what()));
  }
  Result<rest::http_response> response =
      co_await AwaitWithin(connection->loop, call, completion, request.timeout, "answer");
  if (!response) {
    if (response.error().code != ErrorCode::kDeadlineExceeded) co_return std::move(response).error();
    co_return std::move(response).error().WithContext(connection->where);
  }
  StreamingResponse streaming;
  streaming.head = HeadOf(*response);
  streaming.body = std::make_unique<CpprestBodyStream>(connection->loop, call, *std::move(response), request.timeout,
                                                       most_ahead, translate);
  co_return streaming;
}

Task<Result<Response>> CpprestTransport::Send(Request request, std::stop_token stop) {
  Loop& loop = connection_->loop;
  const SteadyTime deadline = loop.Now() + request.timeout;
  const milliseconds timeout = request.timeout;
  const size_t max_body_bytes = request.max_body_bytes;
  const std::string where = connection_->where;
  Result<StreamingResponse> opened = co_await Open(std::move(request), stop);
  if (!opened) co_return std::move(opened).error();

  Response response = std::move(opened->head);
  auto& body = static_cast<CpprestBodyStream&>(*opened->body);  // what Open makes
  while (true) {
    // The deadline is of the whole answer: neither silence nor a drip of bytes extends it.
    const milliseconds left = std::chrono::ceil<milliseconds>(deadline - loop.Now());
    Result<std::string> chunk = co_await body.ReadWithin(std::max(left, milliseconds(0)));
    if (!chunk && chunk.error().code == ErrorCode::kDeadlineExceeded) {
      co_return Error{ErrorCode::kDeadlineExceeded,
                      fmt::format("{}: no whole answer within {}", where, FormatDuration(timeout))};
    }
    if (!chunk) co_return std::move(chunk).error();
    if (chunk->empty()) co_return response;
    if (response.body.size() + chunk->size() > max_body_bytes) {
      co_return Error{ErrorCode::kResourceExhausted,
                      fmt::format("{}: the answer is larger than {} bytes", where, max_body_bytes)};
    }
    response.body += *chunk;
  }
}

}  // namespace dso::http
