#include "rpc/streams.h"

#include <fmt/format.h>

#include <vector>

#include "rpc/status_details.h"

namespace dso::rpc {
namespace {

constexpr milliseconds kTick = seconds(30);
constexpr milliseconds kRetryDelay = seconds(10);

}  // namespace

uint64_t Streams::Add(std::shared_ptr<OpenStream> stream, const Ticket& ticket) {
  if (!gate_.limits().TryOpenStream(ticket.client)) return 0;
  const std::lock_guard lock(mutex_);
  open_.emplace(next_id_, Entry{stream, ticket});
  return next_id_++;
}

void Streams::Remove(uint64_t id) {
  std::string client;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = open_.extract(id);
    if (entry.empty()) return;
    client = entry.mapped().ticket.client;
  }
  gate_.limits().CloseStream(client);
}

grpc::Status Streams::TooManyStreams() const {
  const Limits& limits = gate_.limits().limits();
  return TooMany("TOO_MANY_STREAMS",
                 fmt::format("too many streams are open: {} of one client and {} in all are allowed",
                             limits.streams_per_client, limits.streams),
                 kRetryDelay);
}

Task<void> Streams::Run(std::stop_token stop) {
  while (true) {
    const bool slept = co_await Sleep(loop_, kTick, stop);
    if (!slept) co_return;
    std::vector<Entry> entries;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, entry] : open_) entries.push_back(entry);
    }
    for (const Entry& entry : entries) {
      if (const auto stream = entry.stream.lock()) stream->Tick();
      // An API server that is away ends no stream: what was allowed was allowed.
      gate_.Judge(entry.ticket, [weak = entry.stream](grpc::Status status) {
        const bool revoked = status.error_code() == grpc::StatusCode::PERMISSION_DENIED ||
                             status.error_code() == grpc::StatusCode::UNAUTHENTICATED;
        const auto stream = weak.lock();
        if (revoked && stream) stream->End(std::move(status));
      });
    }
  }
}

void Streams::EndAll(const grpc::Status& status) {
  std::vector<std::shared_ptr<OpenStream>> streams;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : open_) {
      if (auto stream = entry.stream.lock()) streams.push_back(std::move(stream));
    }
  }
  for (const auto& stream : streams) stream->Stop(status);
}

}  // namespace dso::rpc
