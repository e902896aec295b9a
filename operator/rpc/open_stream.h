// What the registry of open streams (streams.h) asks of one. Any thread.
#pragma once

#include <grpcpp/support/status.h>

#include <utility>

namespace dso::rpc {

class OpenStream {
 public:
  virtual ~OpenStream() = default;
  virtual void End(grpc::Status status) = 0;
  // Because the server stops.
  virtual void Stop(grpc::Status why) { End(std::move(why)); }
  // From time to time.
  virtual void Tick() {}
};

}  // namespace dso::rpc
