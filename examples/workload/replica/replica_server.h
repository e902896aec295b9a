// The HTTP face of a replica: routes requests to the model and lets admitted ones take their time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>

#include "common/http_server.h"
#include "replica/replica_metrics.h"
#include "replica/replica_model.h"
#include "replica/service_time.h"

namespace workload {

// Not thread-safe: everything happens on the thread that runs `io`.
//
// A request that was admitted is worked on to its end even if its client hangs up, as a batch on an accelerator is.
class ReplicaServer {
 public:
  ReplicaServer(boost::asio::io_context& io, ReplicaModel model, ServiceTime service_time,
                std::chrono::nanoseconds cpu_per_request);

  boost::asio::awaitable<HttpReply> Handle(const HttpRequest& request);

  void BeginDrain() { model_.BeginDrain(); }
  std::int64_t in_flight() const { return model_.working() + model_.waiting(); }

 private:
  boost::asio::awaitable<HttpReply> Complete();
  boost::asio::awaitable<void> WaitForSlot();
  boost::asio::awaitable<void> Work();
  HttpReply Refuse(const std::string& error);
  HttpReply Readiness() const;

  boost::asio::io_context& io_;
  ReplicaModel model_;
  ServiceTime service_time_;
  std::chrono::nanoseconds cpu_per_request_;
  ReplicaMetrics metrics_;
  std::deque<boost::asio::steady_timer*> waiting_;  // first come, first served; cancelled when the slot is theirs
  std::uint64_t completions_ = 0;
};

}  // namespace workload
