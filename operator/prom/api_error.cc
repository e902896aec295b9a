#include "prom/api_error.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace dso::prom {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxExcerptBytes = 300;  // a parse error with its position fits; a condition's message stays readable

std::string StringOr(const Json& object, const char* key, const char* fallback) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : fallback;
}

// What Prometheus, Thanos and Mimir write when a query touches more samples than they allow. A smaller time range
// helps.
bool SpeaksOfTooMuchData(std::string_view message) {
  constexpr std::array<std::string_view, 4> kPhrases = {"too many samples", "exceeded maximum resolution",
                                                        "exceeds the limit", "maximum number of samples"};
  for (const std::string_view phrase : kPhrases) {
    if (message.find(phrase) != std::string_view::npos) return true;
  }
  return false;
}

// RFC 9110 also allows a date; no Prometheus, Thanos or Mimir sends one.
std::optional<milliseconds> RetryAfter(const http::Headers& headers) {
  const auto found = headers.find("Retry-After");
  if (found == headers.end()) return std::nullopt;
  constexpr int kMaxSeconds = 3600;
  int value = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return seconds(std::min(value, kMaxSeconds));
}

std::string Words(const ApiError& error) {
  if (error.type.empty()) return "";
  return error.type + (error.message.empty() ? "" : ": " + error.message);
}

Failure BadQuery(const ApiError& error) {
  const std::string words = error.type.empty() ? "it does not say why" : Words(error);
  if (SpeaksOfTooMuchData(error.message)) {
    return MakeFailure(Reason::kTooLarge, "the query touches more data than the server allows (" + words +
                                              "): aggregate more, or ask for less time at once.");
  }
  return MakeFailure(Reason::kBadQuery, "the server refuses the query (" + words + "): correct the query.");
}

Failure FailureOfStatus(int status, const ApiError& error) {
  const std::string http = "HTTP " + std::to_string(status);
  const std::string words = Words(error).empty() ? http : http + ", " + Words(error);
  switch (status) {
    case 400:
    case 422: return BadQuery(error);
    case 401:
      return MakeFailure(Reason::kUnauthenticated,
                         "the server does not accept our credentials (" + words +
                             "): check the server's bearerTokenFile or basicAuth and that the Secret is current.");
    case 403:
      return MakeFailure(Reason::kForbidden, "our credentials are known but may not query (" + words +
                                                 "): grant them read access, or check the tenant header.");
    case 404:
    case 405:
      return MakeFailure(Reason::kNotPrometheus, "there is no Prometheus API that takes POST at this address (" +
                                                     words + "): check the path in the server's url.");
    case 408:
    case 504: return MakeFailure(Reason::kTimeout, "the server gave up on the query (" + words + "): ask again later.");
    case 413: return MakeFailure(Reason::kTooLarge, "the request is larger than the server allows (" + words + ").");
    case 429:
      return MakeFailure(Reason::kThrottled, "the server throttles us (" + words +
                                                 "): lower maxConcurrentQueries or raise the tenant's limit.");
    case 502:
    case 503:
      return MakeFailure(Reason::kUnavailable,
                         "the server is not available (" + words + "): check that it is running.");
    default: break;
  }
  if (status >= 500) return MakeFailure(Reason::kServerError, "the server failed (" + words + "): see its log.");
  if (status >= 300 && status < 400) {
    return MakeFailure(Reason::kNotPrometheus, "the server redirects us (" + words +
                                                   "), probably to a login page: name the address behind it in url.");
  }
  return MakeFailure(Reason::kNotPrometheus,
                     "this is not how Prometheus answers (" + words + "): check the server's url.");
}

}  // namespace

ApiError ParseApiError(std::string_view body) {
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || StringOr(json, "status", "") != "error") return {};
  return {.type = Excerpt(StringOr(json, "errorType", "unknown error type")),
          .message = Excerpt(StringOr(json, "error", ""))};
}

Failure FailureOf(const ApiError& error) {
  if (error.type == "bad_data" || error.type == "execution") return BadQuery(error);
  const std::string words = Words(error);
  if (error.type == "timeout") {
    return MakeFailure(Reason::kTimeout, "the server gave up on the query (" + words +
                                             "): make it cheaper, or raise the server's -query.timeout.");
  }
  if (error.type == "too_many_requests") return FailureOfStatus(429, error);
  if (error.type == "unavailable" || error.type == "canceled") return FailureOfStatus(503, error);
  return MakeFailure(Reason::kServerError, "the server failed (" + words + "): see its log.");
}

Failure FailureOf(const http::Response& head, std::string_view body) {
  const ApiError error = ParseApiError(body);
  // Prometheus reports the end of its own patience as 503; the remedy is not the one of a server that is down.
  Failure failure = error.type == "timeout" ? FailureOf(error) : FailureOfStatus(head.status, error);
  failure.error.retry_after = RetryAfter(head.headers);
  return failure;
}

Failure FailureOfTransport(Error error) {
  const auto reason = [&] {
    switch (error.code) {
      case ErrorCode::kCancelled: return Reason::kCancelled;
      case ErrorCode::kDeadlineExceeded: return Reason::kTimeout;
      case ErrorCode::kResourceExhausted: return Reason::kTooLarge;
      default: return Reason::kUnreachable;
    }
  }();
  return {.reason = reason, .error = std::move(error)};
}

std::string Excerpt(std::string_view text) {
  std::string line(text.substr(0, kMaxExcerptBytes));
  if (text.size() > kMaxExcerptBytes) {
    // Back to the beginning of the character that was cut: continuation bytes are 10xxxxxx.
    size_t end = line.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    line.resize(end);
    line += "...";
  }
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return line;
}

}  // namespace dso::prom
