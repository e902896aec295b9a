// Open-loop load: requests are sent when they are due, however long the ones before take, as independent users do.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "load/arrivals.h"
#include "load/http_exchange.h"
#include "load/load_report.h"
#include "load/playback.h"

namespace workload {

// Not thread-safe: everything happens on the thread that runs `io`.
class LoadGenerator {
 public:
  struct Settings {
    std::vector<ResolvedTarget> targets;  // at least one; taken in turn
    std::chrono::nanoseconds timeout{};   // of one request
    std::uint64_t max_in_flight = 1;      // a request that is due when so many are in flight is dropped and counted
    std::uint64_t seed = 0;
  };

  // `playback` must outlive this.
  LoadGenerator(boost::asio::io_context& io, Settings settings, const Playback& playback);

  // Sends until the end of the playback or until Stop(), then waits for what is in flight (at most the timeout of one).
  boost::asio::awaitable<void> Run();
  void Stop();

  LoadReport& report() { return report_; }

 private:
  boost::asio::awaitable<void> SendWhenDue();
  boost::asio::awaitable<void> SendOne(const ResolvedTarget& target);

  boost::asio::io_context& io_;
  Settings settings_;
  const Playback& playback_;
  PoissonArrivals arrivals_;
  LoadReport report_;
  boost::asio::steady_timer next_arrival_;
  boost::asio::steady_timer none_in_flight_;
  std::size_t next_target_ = 0;
  bool stopped_ = false;
};

}  // namespace workload
