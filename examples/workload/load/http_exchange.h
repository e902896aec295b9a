// One request on a connection of its own.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>

#include "load/target.h"

namespace workload {

enum class Outcome { kOk, kBusy, kError, kTimeout };

struct ExchangeResult {
  Outcome outcome = Outcome::kOk;
  std::string cause;  // of kError, for people: "connect: Connection refused", "status 404"
};

struct ResolvedTarget {
  Target target;
  boost::asio::ip::tcp::endpoint endpoint;
};

// Looks the host up. Throws UserError if there is none, or if its address is a public one: a load generator must not be
// pointed at somebody else's machine by a typing error. Allowed are loopback, link-local and private (RFC 1918)
// addresses.
ResolvedTarget Resolve(boost::asio::io_context& io, const Target& target);

// Connects, sends GET path, reads the reply, closes; `timeout` is for all of it. A 2xx is kOk, 429 and 503 are kBusy.
//
// A connection per request, because kube-proxy balances connections: kept-alive ones would stay with the replicas that
// were there first and never reach those that scaling adds.
boost::asio::awaitable<ExchangeResult> Exchange(const ResolvedTarget& target, std::chrono::nanoseconds timeout);

}  // namespace workload
