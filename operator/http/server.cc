#include "http/server.h"

// Boost 1.74's asio, which cpprestsdk includes, needs <utility> before it under C++20.
// clang-format off
#include <utility>
#include <cpprest/http_listener.h>
// clang-format on

#include <fmt/format.h>

#include <charconv>

#include "base/log.h"
#include "http/network_threads.h"

namespace dso::http {
namespace {

namespace rest = web::http;
using rest::experimental::listener::http_listener;

constexpr std::string_view kHostCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.";
constexpr std::string_view kAllAddresses = "0.0.0.0";

// An exception that nobody takes out of a pplx::task ends the process, and a client that hangs up causes one.
void SendAndForget(const rest::http_request& request, const rest::http_response& response) {
  request.reply(response).then([](pplx::task<void> sent) {
    try {
      sent.get();
    } catch (const std::exception& e) {
      LogDebug("an answer could not be sent", {{"reason", e.what()}});
    }
  });
}

ServerResponse CallHandler(const ServerHandler& handler, const ServerRequest& request) {
  std::string reason = "an exception of unknown type";
  try {
    return handler(request);
  } catch (const std::exception& e) {
    reason = e.what();
  } catch (...) {
  }
  LogError("the handler of an HTTP request failed", {{"path", request.path}, {"reason", reason}});
  return {.status = rest::status_codes::InternalError, .body = "internal error; the operator's log has the reason\n"};
}

void Answer(const ServerHandler& handler, const rest::http_request& request) {
  const rest::method method = request.method();
  if (method != rest::methods::GET && method != rest::methods::HEAD) {
    rest::http_response refusal(rest::status_codes::MethodNotAllowed);
    refusal.headers()[rest::header_names::allow] = "GET, HEAD";
    return SendAndForget(request, refusal);
  }
  ServerResponse answer = CallHandler(handler, {method, request.request_uri().path()});
  rest::http_response response(static_cast<rest::status_code>(answer.status));
  if (method == rest::methods::GET) {
    response.set_body(std::move(answer.body), answer.content_type);
  } else {
    response.headers().set_content_type(answer.content_type);
  }
  SendAndForget(request, response);
}

}  // namespace

std::string ListenAddress::ToString() const { return fmt::format("{}:{}", host, port); }

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return InvalidArgument(fmt::format(
        "\"{}\" is not an address to listen on: {}; write it as 0.0.0.0:8080 or 127.0.0.1:8080", text, why));
  };
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return refuse("it has no port");
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.find_first_of(":[]") != host.npos) return refuse("IPv6 literals are not supported");
  if (host.find_first_not_of(kHostCharacters) != host.npos) return refuse("the host has an odd character");

  ListenAddress address{.host = std::string(host.empty() ? kAllAddresses : host)};
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (code != std::errc() || end != port.data() + port.size() || address.port < 1 || address.port > 65535) {
    return refuse("the port is not a number from 1 to 65535");
  }
  return address;
}

struct Server::Listener {
  Listener(ListenAddress where, ServerHandler handler)
      : address(std::move(where)), native(web::uri(fmt::format("http://{}/", address.ToString()))) {
    const auto answer = [handle = std::move(handler)](const rest::http_request& request) { Answer(handle, request); };
    native.support(answer);
    // cpprestsdk answers these two itself unless told otherwise, TRACE with the client's own headers.
    native.support(rest::methods::OPTIONS, answer);
    native.support(rest::methods::TRCE, answer);
  }

  ListenAddress address;
  http_listener native;
};

Server::Server(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}

Server::~Server() {
  try {
    listener_->native.close().wait();
  } catch (const std::exception& e) {
    LogWarning("the HTTP server did not close cleanly",
               {{"address", listener_->address.ToString()}, {"reason", e.what()}});
  }
}

const ListenAddress& Server::address() const { return listener_->address; }

Result<std::unique_ptr<Server>> Server::Create(std::string_view address, ServerHandler handler) {
  auto where = ParseListenAddress(address);
  if (!where) return std::move(where).error();
  StartNetworkThreadsOnce();
  try {
    auto listener = std::make_unique<Listener>(*where, std::move(handler));
    listener->native.open().wait();
    return std::unique_ptr<Server>(new Server(std::move(listener)));
  } catch (const std::exception& e) {
    return Error{
        ErrorCode::kUnavailable,
        fmt::format("cannot listen on {}: {}; free the port or choose another address", where->ToString(), e.what())};
  }
}

}  // namespace dso::http
