// One server stream to one client: at most one message is on its way, and what is to be said next is made when the
// client has taken the one before. A client that never reads costs one message and whatever Take() keeps.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "rpc/open_stream.h"

namespace dso::rpc {

// Derive, implement Take(), and create with std::make_shared; Open() keeps the stream alive until the call has ended.
// gRPC may call back on the very thread that starts an operation, so nothing is started under the lock.
template <typename Response>
class OutStream : public grpc::ServerWriteReactor<Response>,
                  public OpenStream,
                  public std::enable_shared_from_this<OutStream<Response>> {
 public:
  // Once, before anything else. `closed` runs when nothing of the stream is used any more.
  void Open(std::function<void()> closed) {
    closed_ = std::move(closed);
    self_ = this->shared_from_this();
  }

  // There may be something to say. Any thread.
  void Poke() { Pump(std::nullopt); }
  // Whether it has come to an end, or is about to. Any thread.
  bool HasEnded() {
    const std::lock_guard lock(mutex_);
    return end_.has_value();
  }
  // Ends with success once all has been said. Any thread.
  void EndAfterAll() {
    {
      const std::lock_guard lock(mutex_);
      complete_ = true;
    }
    Poke();
  }
  // Says nothing more. The first status counts. Any thread.
  void End(grpc::Status status) final { Pump(std::move(status)); }

 protected:
  // Fills in the next message; false if there is none. Called under `mutex_`.
  virtual bool Take(Response& message) = 0;

  std::mutex mutex_;

 private:
  void OnWriteDone(bool ok) final {
    {
      const std::lock_guard lock(mutex_);
      busy_ = false;
    }
    Pump(ok ? std::nullopt : std::optional(grpc::Status::CANCELLED));
  }
  void OnCancel() final { End(grpc::Status::CANCELLED); }
  void OnDone() final {
    const std::shared_ptr<OutStream> self = std::move(self_);  // until the end of this function
    closed_();
  }

  void Pump(std::optional<grpc::Status> end) {
    bool write = false;
    {
      const std::lock_guard lock(mutex_);
      if (end && !end_) end_ = std::move(end);
      if (busy_ || finished_) return;
      if (end_) {
        finished_ = true;
      } else if (Take(message_)) {
        busy_ = write = true;
      } else if (complete_) {
        end_ = grpc::Status::OK;
        finished_ = true;
      } else {
        return;
      }
    }
    if (write) {
      this->StartWrite(&message_);
    } else {
      this->Finish(*end_);
    }
  }

  bool busy_ = false;  // a message is on its way
  bool complete_ = false;
  bool finished_ = false;
  std::optional<grpc::Status> end_;
  Response message_;
  std::function<void()> closed_;
  std::shared_ptr<OutStream> self_;
};

}  // namespace dso::rpc
