#include "common/http_server.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <stdexcept>

namespace workload {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

// Above the concurrency of any replica that this stands for, below the usual limit of 1,024 open files.
constexpr std::size_t kMaxConnections = 900;
// A prompt is text; nobody reads it here.
constexpr std::size_t kMaxBodyBytes = 1 << 20;
// Longer than a scrape interval, so that Prometheus keeps its connection.
constexpr std::chrono::seconds kIdleTimeout{75};
constexpr std::chrono::seconds kWriteTimeout{10};
// Out of file descriptors: give the connections in progress time to end.
constexpr std::chrono::milliseconds kAcceptRetry{100};

auto Into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

HttpRequest Describe(const http::request<http::string_body>& message) {
  const auto target = message.target();
  return {std::string(message.method_string()), std::string(target.substr(0, target.find('?')))};
}

http::response<http::string_body> Render(HttpReply reply, const http::request<http::string_body>& to, bool keep_alive) {
  http::response<http::string_body> message(http::int_to_status(reply.status), to.version());
  message.set(http::field::content_type, reply.content_type);
  message.body() = std::move(reply.body);
  message.keep_alive(keep_alive);
  message.prepare_payload();
  return message;
}

tcp::acceptor Listen(asio::io_context& io, const std::string& address, std::uint16_t port) {
  tcp::acceptor acceptor(io);
  try {
    const tcp::endpoint endpoint(asio::ip::make_address(address), port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error(
        fmt::format("cannot listen on {}:{}: {}; choose another address or port, or stop what listens there", address,
                    port, error.code().message()));
  }
  return acceptor;
}

}  // namespace

class HttpServer::Connection {
 public:
  explicit Connection(tcp::socket socket) : stream(std::move(socket)) {}

  beast::tcp_stream stream;
  bool working = false;  // between a request that was read and its reply that was written
};

HttpServer::HttpServer(asio::io_context& io, const std::string& address, std::uint16_t port, HttpHandler handler)
    : acceptor_(Listen(io, address, port)),
      handler_(std::move(handler)),
      connection_closed_(io, asio::steady_timer::time_point::max()),
      all_closed_(io) {
  asio::co_spawn(io, Accept(), asio::detached);
}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return acceptor_.local_endpoint().port(); }

asio::awaitable<bool> HttpServer::Drain(std::chrono::nanoseconds timeout) {
  draining_ = true;
  acceptor_.close();
  for (Connection* connection : connections_) {
    if (!connection->working) connection->stream.cancel();
  }
  if (!connections_.empty()) {
    all_closed_.expires_after(timeout);
    error_code cancelled;
    co_await all_closed_.async_wait(Into(cancelled));
  }
  co_return connections_.empty();
}

asio::awaitable<void> HttpServer::Accept() {
  while (!draining_) {
    error_code error;
    if (connections_.size() >= kMaxConnections) {
      co_await connection_closed_.async_wait(Into(error));
      continue;
    }
    tcp::socket socket = co_await acceptor_.async_accept(Into(error));
    if (draining_) break;
    if (error) {
      fmt::print(stderr, "cannot accept a connection: {}; trying again\n", error.message());
      asio::steady_timer pause(acceptor_.get_executor(), kAcceptRetry);
      co_await pause.async_wait(Into(error));
      continue;
    }
    asio::co_spawn(acceptor_.get_executor(), Serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> HttpServer::Serve(tcp::socket socket) {
  Connection connection(std::move(socket));
  connections_.insert(&connection);
  co_await ServeRequests(connection);
  connections_.erase(&connection);
  connection_closed_.cancel();
  if (connections_.empty()) all_closed_.cancel();
}

asio::awaitable<void> HttpServer::ServeRequests(Connection& connection) {
  beast::tcp_stream& stream = connection.stream;
  beast::flat_buffer buffer;
  error_code error;
  bool keep_alive = true;
  while (keep_alive && !draining_) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(kMaxBodyBytes);
    stream.expires_after(kIdleTimeout);
    co_await http::async_read(stream, buffer, parser, Into(error));
    if (error) co_return;  // closed by the client, idle for too long, or not HTTP

    connection.working = true;
    const http::request<http::string_body> request = parser.release();
    HttpReply reply = co_await handler_(Describe(request));
    keep_alive = request.keep_alive() && !draining_;
    const auto response = Render(std::move(reply), request, keep_alive);
    stream.expires_after(kWriteTimeout);
    co_await http::async_write(stream, response, Into(error));
    connection.working = false;
    if (error) co_return;
  }
  stream.socket().shutdown(tcp::socket::shutdown_send, error);
}

}  // namespace workload
