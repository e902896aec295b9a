// The streams that are open: admitted, judged again while they last, and ended when the server ends.
// Thread-safe but for Run().
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>

#include "rpc/gate.h"
#include "rpc/out_stream.h"

namespace dso::rpc {

class Streams {
 public:
  Streams(Loop& loop, Gate& gate) : loop_(loop), gate_(gate) {}

  // Opens `stream` if its caller may; ends it with the reason otherwise. `begin` runs once it may speak, on any thread.
  template <typename Response>
  void Open(std::shared_ptr<OutStream<Response>> stream, Ticket ticket, std::function<void()> begin) {
    const uint64_t id = Add(stream, ticket);
    stream->Open([this, id] { Remove(id); });
    if (id == 0) return stream->End(TooManyStreams());
    gate_.Admit(ticket, [stream, begin = std::move(begin)](grpc::Status status) {
      if (!status.ok()) return stream->End(std::move(status));
      begin();
    });
  }

  // Until a stop is requested, which ends all streams: loop thread.
  Task<void> Run(std::stop_token stop);
  void EndAll(const grpc::Status& status);

 private:
  struct Entry {
    std::weak_ptr<OpenStream> stream;
    Ticket ticket;
  };
  // 0: there are too many.
  uint64_t Add(std::shared_ptr<OpenStream> stream, const Ticket& ticket);
  void Remove(uint64_t id);
  grpc::Status TooManyStreams() const;

  Loop& loop_;
  Gate& gate_;
  std::mutex mutex_;
  std::map<uint64_t, Entry> open_;
  uint64_t next_id_ = 1;
};

}  // namespace dso::rpc
