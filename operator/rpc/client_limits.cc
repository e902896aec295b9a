#include "rpc/client_limits.h"

namespace dso::rpc {
namespace {

constexpr size_t kMostClients = 10'000;
constexpr double kBurstSeconds = 2;

}  // namespace

bool ClientLimits::TryRequest(const std::string& client, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  auto bucket = buckets_.find(client);
  if (bucket == buckets_.end()) {
    // A bucket that is forgotten is a full one: who makes up ten thousand addresses gains a burst by it.
    if (buckets_.size() >= kMostClients) buckets_.clear();
    const double rate = limits_.requests_per_second;
    bucket = buckets_.emplace(client, runtime::TokenBucket(rate, rate * kBurstSeconds)).first;
  }
  return bucket->second.TryTake(now);
}

bool ClientLimits::TryOpenStream(const std::string& client) {
  const std::lock_guard lock(mutex_);
  if (streams_ >= limits_.streams) return false;
  int& open = streams_of_[client];
  if (open >= limits_.streams_per_client) return false;
  ++open;
  ++streams_;
  return true;
}

void ClientLimits::CloseStream(const std::string& client) {
  const std::lock_guard lock(mutex_);
  --streams_;
  const auto open = streams_of_.find(client);
  if (--open->second == 0) streams_of_.erase(open);
}

}  // namespace dso::rpc
