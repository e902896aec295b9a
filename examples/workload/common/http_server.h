// A small HTTP/1.1 server on one io_context: keep-alive, bounded, with a drain. The only header that the
// programs need for serving; Boost.Beast stays inside http_server.cc.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>

namespace workload {

struct HttpRequest {
  std::string method;  // as it came: "GET"
  std::string path;    // without the query
};

struct HttpReply {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

using HttpHandler = std::function<boost::asio::awaitable<HttpReply>(const HttpRequest&)>;

// Not thread-safe: everything happens on the thread that runs `io`. Must outlive the run of `io`.
class HttpServer {
 public:
  // Listens at once. Throws std::runtime_error that names address and port when it cannot.
  HttpServer(boost::asio::io_context& io, const std::string& address, std::uint16_t port, HttpHandler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The port in use: the one asked for, or the one that the system chose for port 0.
  std::uint16_t port() const;

  // Stops listening, closes idle connections, lets requests in progress end. True when all have ended
  // within `timeout`, false when some are left.
  boost::asio::awaitable<bool> Drain(std::chrono::nanoseconds timeout);

  std::size_t connections() const { return connections_.size(); }

 private:
  class Connection;

  boost::asio::awaitable<void> Accept();
  boost::asio::awaitable<void> Serve(boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<void> ServeRequests(Connection& connection);

  boost::asio::ip::tcp::acceptor acceptor_;
  HttpHandler handler_;
  std::set<Connection*> connections_;            // each is owned by its Serve()
  boost::asio::steady_timer connection_closed_;  // never expires by itself: cancelled as a wake-up call
  boost::asio::steady_timer all_closed_;
  bool draining_ = false;
};

}  // namespace workload
