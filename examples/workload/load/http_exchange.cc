#include "load/http_exchange.h"

#include <fmt/format.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "common/user_error.h"

namespace workload {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

bool IsLocal(const asio::ip::address_v4& address) {
  struct Network {
    std::uint32_t prefix;
    int bits;
  };
  constexpr Network kLocal[] = {{0x7F000000, 8}, {0x0A000000, 8}, {0xAC100000, 12}, {0xC0A80000, 16}, {0xA9FE0000, 16}};
  for (const Network& network : kLocal) {
    if ((address.to_ulong() ^ network.prefix) >> (32 - network.bits) == 0) return true;
  }
  return false;
}

ExchangeResult Failure(const char* step, const error_code& error) {
  if (error == beast::error::timeout) return {Outcome::kTimeout, {}};
  return {Outcome::kError, fmt::format("{}: {}", step, error.message())};
}

ExchangeResult Judge(unsigned status) {
  if (status >= 200 && status < 300) return {Outcome::kOk, {}};
  if (status == 503 || status == 429) return {Outcome::kBusy, {}};
  return {Outcome::kError, fmt::format("status {}", status)};
}

http::request<http::empty_body> MakeRequest(const Target& target) {
  http::request<http::empty_body> request(http::verb::get, target.path, 11);
  request.set(http::field::host, fmt::format("{}:{}", target.host, target.port));
  request.set(http::field::user_agent, "demo-load");
  request.keep_alive(false);
  return request;
}

}  // namespace

ResolvedTarget Resolve(asio::io_context& io, const Target& target) {
  error_code error;
  const auto found = tcp::resolver(io).resolve(tcp::v4(), target.host, std::to_string(target.port), error);
  if (error || found.empty()) {
    throw UserError(fmt::format("--url: cannot find the address of \"{}\": {}; check the name, or use the address",
                                target.host, error.message()));
  }
  const tcp::endpoint endpoint = *found.begin();
  if (!IsLocal(endpoint.address().to_v4())) {
    throw UserError(fmt::format("--url: {} is the public address {}; load goes to loopback and private addresses only",
                                target.host, endpoint.address().to_string()));
  }
  return {target, endpoint};
}

asio::awaitable<ExchangeResult> Exchange(const ResolvedTarget& to, std::chrono::nanoseconds timeout) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(timeout);
  error_code error;
  co_await stream.async_connect(to.endpoint, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return Failure("connect", error);

  const auto request = MakeRequest(to.target);
  co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return Failure("send", error);

  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  co_await http::async_read(stream, buffer, response, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return Failure("receive", error);

  // Reset instead of TIME_WAIT: at 300 connections a second the 28,000 local ports would be used up in a minute and a
  // half.
  stream.socket().set_option(asio::socket_base::linger(true, 0), error);
  co_return Judge(response.result_int());
}

}  // namespace workload
